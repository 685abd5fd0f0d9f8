/* SPDX-License-Identifier: BSD-2-Clause */
/* Where a section lies in a program or library, for sections that no symbol delimits. */
#ifndef TESTS_HOST_LIB_ELF_SECTION_H
#define TESTS_HOST_LIB_ELF_SECTION_H

#include <stdbool.h>

/*
 * Address (before relocation) and size in bytes of the section @name of the 64-bit ELF file at
 * @path. False: there is no such file or section.
 */
bool find_section(const char *path, const char *name, unsigned long *addr, unsigned long *size);

#endif
