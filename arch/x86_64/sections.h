/* SPDX-License-Identifier: BSD-2-Clause */
/* The boundaries that linker.ld draws. */
#ifndef ARCH_SECTIONS_H
#define ARCH_SECTIONS_H

extern char __image_start[], __kernel_start[], __kernel_end[];
extern char __text_start[], __text_end[];
extern char __noinstr_text_start[], __noinstr_text_end[];
extern char __park_text_start[], __park_text_end[];
extern char __entry_text_start[], __entry_text_end[];
extern char __rodata_start[], __rodata_end[];
extern char __user_text_image[], __user_text_start[], __user_text_end[];
extern char __data_start[];
extern char __ro_after_init_start[], __ro_after_init_end[];

#endif
