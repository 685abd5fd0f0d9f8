; SPDX-License-Identifier: BSD-2-Clause
; What the loaders look for: a multiboot2 header (GRUB) and a PVH note (qemu -kernel, Xen).

extern boot_multiboot2, boot_pvh

MULTIBOOT2_MAGIC equ 0xe85250d6
ARCH_I386	 equ 0
TAG_ENTRY	 equ 3
TAG_FRAMEBUFFER	 equ 5
OPTIONAL	 equ 1
TAG_END		 equ 0

section .multiboot2 alloc noexec nowrite progbits align=8
header:
	dd MULTIBOOT2_MAGIC
	dd ARCH_I386
	dd header.end - header
	dd 0x100000000 - (MULTIBOOT2_MAGIC + ARCH_I386 + (header.end - header))

	dw TAG_ENTRY, 0
	dd 12
	dd boot_multiboot2
	align 8, db 0

	dw TAG_FRAMEBUFFER, OPTIONAL
	dd 20
	dd 0, 0, 32			; any size; 32 bits a pixel if there is a choice
	align 8, db 0

	dw TAG_END, 0
	dd 8
.end:

; XEN_ELFNOTE_PHYS32_ENTRY: the 32-bit entry point, paging off, ebx = hvm_start_info.
section .note.pvh alloc noexec nowrite note align=4
	dd 4			; name size
	dd 8			; descriptor size
	dd 18			; XEN_ELFNOTE_PHYS32_ENTRY
	db "Xen", 0
	dq boot_pvh
