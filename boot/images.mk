# SPDX-License-Identifier: BSD-2-Clause
# The images that machines boot from, all with GRUB 2 in them:
#   make iso  build/latesync.iso  CD and USB stick: BIOS, UEFI 64-bit, UEFI 32-bit; says which of the
#                                 latter two it leaves out, where GRUB's files for it are not here
#   make efi  build/latesync.efi  the kernel in one EFI program: EFI shell, ESP, UEFI HTTP, PXE
#   make pxe  build/latesync.pxe  the kernel in one BIOS network boot program
# WORDS='test=... duration=...' makes the last two boot these words at once, without the menu.

WORDS ?=

GRUB_MKIMAGE = $(shell command -v grub-mkimage || command -v grub2-mkimage || echo grub-mkimage)
GRUB_DIRS := /usr/lib/grub /usr/lib/grub2 /usr/share/grub2 /usr/share/grub
# A platform's folder; where there is none, the first place, which the error then names.
grub_dir = $(firstword $(wildcard $(addsuffix /$(1),$(GRUB_DIRS))) /usr/lib/grub/$(1))

# What grub.cfg and words.cfg use, and what finds the kernel. Video is for kernels that draw.
GRUB_MODULES := normal configfile echo test multiboot2 part_msdos iso9660 search search_fs_file \
	serial terminal sleep halt reboot
GRUB_BIOS_MODULES := $(GRUB_MODULES) vbe
GRUB_EFI_MODULES := $(GRUB_MODULES) part_gpt fat efi_gop efi_uga

# $(call need_grub,PLATFORM,PACKAGE): stops with what is missing, before half an image is made.
need_grub = { test -d $(call grub_dir,$(1)) || { echo "error: $@: GRUB's files for $(1) are not here" \
	"(looked in $(GRUB_DIRS)); Debian has them in $(2)" >&2; exit 1; }; }

# EFI programs for the platforms that GRUB has files for here.
# Stripped, since a blank would be true in $(if).
ISO_EFI := $(strip $(if $(wildcard $(call grub_dir,x86_64-efi)),BOOTX64.EFI) \
	$(if $(wildcard $(call grub_dir,i386-efi)),BOOTIA32.EFI))

# $(call if_changed,TEXT): rewrites the target only where it holds something else.
if_changed = mkdir -p $(@D); printf '%s\n' '$(1)' | cmp -s - $@ || printf '%s\n' '$(1)' > $@
$(B)/gen/iso-platforms: FORCE
	@$(call if_changed,$(ISO_EFI))
$(B)/gen/image-words: FORCE
	@$(call if_changed,$(WORDS))

# The files of the ISO. words.cfg is a block of its own, which run-qemu.sh overwrites in place in a copy
# of the image. The file whose name is the kernel's checksum tells this image from others in the same
# machine.
$(B)/iso/stamp: $(B)/latesync.elf boot/grub.cfg boot/images.mk $(B)/gen/iso-platforms
	@rm -rf $(@D) && mkdir -p $(@D)/root/boot/grub
	@cp $< $(@D)/root/boot/latesync.elf
	@cp boot/grub.cfg $(@D)/root/boot/grub/
	@printf '%-8191s\n' '#words-of-this-run#' > $(@D)/root/boot/grub/words.cfg
	@id=$$(sha256sum $< | cut -c1-16); \
	: > $(@D)/root/boot/grub/$$id; \
	printf '%s\n' "search --no-floppy --set=root --file /boot/grub/$$id" \
		'set prefix=($$root)/boot/grub' 'configfile $$prefix/grub.cfg' > $(@D)/find.cfg
	@touch $@

# The parts of the ISO that boot, one for each kind of firmware.
$(B)/iso/bios.img: $(B)/iso/stamp
	@$(call need_grub,i386-pc,grub-pc-bin)
	@$(GRUB_MKIMAGE) -d $(call grub_dir,i386-pc) -O i386-pc-eltorito -p /boot/grub \
		-c $(B)/iso/find.cfg -o $@ $(GRUB_BIOS_MODULES) biosdisk
$(B)/iso/BOOTX64.EFI: $(B)/iso/stamp
	@$(call need_grub,x86_64-efi,grub-efi-amd64-bin)
	@$(GRUB_MKIMAGE) -d $(call grub_dir,x86_64-efi) -O x86_64-efi -p /boot/grub \
		-c $(B)/iso/find.cfg -o $@ $(GRUB_EFI_MODULES)
$(B)/iso/BOOTIA32.EFI: $(B)/iso/stamp
	@$(call need_grub,i386-efi,grub-efi-ia32-bin)
	@$(GRUB_MKIMAGE) -d $(call grub_dir,i386-efi) -O i386-efi -p /boot/grub \
		-c $(B)/iso/find.cfg -o $@ $(GRUB_EFI_MODULES)
$(B)/iso/efi.img: $(ISO_EFI:%=$(B)/iso/%)
	@rm -f $@
	@truncate -s $$(($$(cat $^ | wc -c) / 1048576 + 1))M $@
	@mformat -i $@ -v LATESYNC ::
	@mmd -i $@ ::/EFI ::/EFI/BOOT
	@mcopy -i $@ $^ ::/EFI/BOOT/

# The layout that old firmware takes too: an active partition over the whole (some BIOSes skip sticks
# without one), and the EFI system partition after it, in an MBR without GPT.
ISO_EFI_PART := -append_partition 2 0xef $(B)/iso/efi.img \
	-eltorito-alt-boot -e --interval:appended_partition_2:all:: -no-emul-boot
$(B)/latesync.iso: $(B)/iso/stamp $(B)/iso/bios.img $(if $(ISO_EFI),$(B)/iso/efi.img)
	@mkdir -p $(B)/iso/root/boot/bios
	@cp $(B)/iso/bios.img $(B)/iso/root/boot/bios/
	@xorriso -as mkisofs -quiet -o $@ -V LATESYNC -r \
		-b boot/bios/bios.img -no-emul-boot -boot-load-size 4 -boot-info-table \
		--grub2-boot-info --grub2-mbr $(call grub_dir,i386-pc)/boot_hybrid.img \
		--mbr-force-bootable -partition_offset 16 -iso_mbr_part_type 0x83 \
		$(if $(ISO_EFI),$(ISO_EFI_PART)) $(B)/iso/root > $(B)/iso/log 2>&1 || { cat $(B)/iso/log >&2; exit 1; }
	$(if $(filter BOOTX64.EFI,$(ISO_EFI)),,@echo "note: $@ does not boot by UEFI: GRUB's files \
	for x86_64-efi are not here (Debian: grub-efi-amd64-bin)" >&2)
	$(if $(filter BOOTIA32.EFI,$(ISO_EFI)),,@echo "note: $@ does not boot by 32-bit UEFI: GRUB's \
	files for i386-efi are not here (Debian: grub-efi-ia32-bin)" >&2)
	@echo "  ISO     $@"

# The same files in an archive that goes into GRUB itself.
$(B)/inside/image.tar: $(B)/latesync.elf boot/grub.cfg boot/images.mk $(B)/gen/image-words
	@rm -rf $(@D) && mkdir -p $(@D)/boot/grub
	@cp $< $(@D)/boot/latesync.elf
	@cp boot/grub.cfg $(@D)/boot/grub/
	@: > $(@D)/boot/grub/words.cfg
	@set -- $(foreach word,$(WORDS),'$(word)'); test $$# = 0 || { \
		printf 'multiboot2 /boot/latesync.elf'; printf " '%s'" "$$@"; \
		printf '\nboot\nhalt\n'; } > $(@D)/boot/grub/words.cfg
	@printf '%s\n' 'set root=memdisk' 'set prefix=(memdisk)/boot/grub' \
		'configfile $$prefix/grub.cfg' > $(@D)/inside.cfg
	@tar -C $(@D) --format=ustar --owner=0 --group=0 -cf $@ boot

$(B)/latesync.efi: $(B)/inside/image.tar
	@$(call need_grub,x86_64-efi,grub-efi-amd64-bin)
	@$(GRUB_MKIMAGE) -d $(call grub_dir,x86_64-efi) -O x86_64-efi -p /boot/grub \
		-c $(B)/inside/inside.cfg -m $< -o $@ $(GRUB_EFI_MODULES) memdisk tar
	@echo "  EFI     $@"

$(B)/latesync.pxe: $(B)/inside/image.tar
	@$(call need_grub,i386-pc,grub-pc-bin)
	@$(GRUB_MKIMAGE) -d $(call grub_dir,i386-pc) -O i386-pc-pxe -p /boot/grub \
		-c $(B)/inside/inside.cfg -m $< -o $@ $(GRUB_BIOS_MODULES) memdisk tar
	@echo "  PXE     $@"

iso: $(B)/latesync.iso
efi: $(B)/latesync.efi
pxe: $(B)/latesync.pxe
.PHONY: iso efi pxe
