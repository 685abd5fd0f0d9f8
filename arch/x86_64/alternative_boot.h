/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCH_ALTERNATIVE_BOOT_H
#define ARCH_ALTERNATIVE_BOOT_H

/* Applies the kernel's own alternatives by cpu_caps. Boot CPU, before any other starts. */
void alternatives_boot(void);

#endif
