# SPDX-License-Identifier: BSD-2-Clause
# The images that machines boot from, all with GRUB 2 in them:
#   make iso  build/latesync.iso  CD and USB stick: BIOS, UEFI 64-bit, UEFI 32-bit; says which of the
#                                 latter two it leaves out, where GRUB's files for it are not here
#   make efi  build/latesync.efi  the kernel in one EFI program: EFI shell, ESP, UEFI HTTP, PXE
#   make pxe  build/latesync.pxe  the kernel in one BIOS network boot program
# WORDS='test=... duration=...' boots these words at once, without the menu.

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
ISO_EFI := $(if $(wildcard $(call grub_dir,x86_64-efi)),BOOTX64.EFI) \
	$(if $(wildcard $(call grub_dir,i386-efi)),BOOTIA32.EFI)

# The words of the next boot are part of an image, and so is what it boots on: others make another.
IMAGE_STAMP := $(strip $(ISO_EFI)): $(WORDS)
$(B)/gen/image-words: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' '$(IMAGE_STAMP)' | cmp -s - $@ || printf '%s\n' '$(IMAGE_STAMP)' > $@

# All files of an image: words.cfg is a block of its own, which run-qemu.sh overwrites in place in a
# copy of the image. The file whose name is the kernel's checksum tells this image from others in the
# same machine.
$(B)/image.stamp: $(B)/latesync.elf boot/grub.cfg boot/images.mk $(B)/gen/image-words
	@rm -rf $(B)/image && mkdir -p $(B)/image/boot/grub
	@cp $< $(B)/image/boot/latesync.elf
	@cp boot/grub.cfg $(B)/image/boot/grub/
	@words='$(WORDS)'; \
	if test -z "$$words"; then script=; \
	else script=$$(printf 'multiboot2 /boot/latesync.elf'; \
		for word in $$words; do printf " '%s'" "$$word"; done; printf '\nboot\nhalt'); fi; \
	printf '%-8191s\n' "#words-of-this-run#$$(printf '\n%s' "$$script")" \
		> $(B)/image/boot/grub/words.cfg
	@id=$$(sha256sum $< | cut -c1-16); \
	: > $(B)/image/boot/grub/$$id; \
	printf '%s\n' "search --no-floppy --set=root --file /boot/grub/$$id" \
		'set prefix=($$root)/boot/grub' 'configfile $$prefix/grub.cfg' > $(B)/find.cfg
	@printf '%s\n' 'set root=memdisk' 'set prefix=(memdisk)/boot/grub' \
		'configfile $$prefix/grub.cfg' > $(B)/inside.cfg
	@tar -C $(B)/image --format=ustar --owner=0 --group=0 -cf $(B)/image.tar boot
	@touch $@

# The parts of the ISO that boot, one for each kind of firmware.
$(B)/iso/bios.img: $(B)/image.stamp
	@$(call need_grub,i386-pc,grub-pc-bin)
	@mkdir -p $(@D)
	@$(GRUB_MKIMAGE) -d $(call grub_dir,i386-pc) -O i386-pc-eltorito -p /boot/grub \
		-c $(B)/find.cfg -o $@ $(GRUB_BIOS_MODULES) biosdisk
$(B)/iso/BOOTX64.EFI: $(B)/image.stamp
	@$(call need_grub,x86_64-efi,grub-efi-amd64-bin)
	@mkdir -p $(@D)
	@$(GRUB_MKIMAGE) -d $(call grub_dir,x86_64-efi) -O x86_64-efi -p /boot/grub \
		-c $(B)/find.cfg -o $@ $(GRUB_EFI_MODULES)
$(B)/iso/BOOTIA32.EFI: $(B)/image.stamp
	@$(call need_grub,i386-efi,grub-efi-ia32-bin)
	@mkdir -p $(@D)
	@$(GRUB_MKIMAGE) -d $(call grub_dir,i386-efi) -O i386-efi -p /boot/grub \
		-c $(B)/find.cfg -o $@ $(GRUB_EFI_MODULES)
$(B)/iso/efi.img: $(ISO_EFI:%=$(B)/iso/%)
	@rm -f $@
	@truncate -s $$(($$(cat $^ | wc -c) / 1048576 + 1))M $@
	@mformat -i $@ -v LATESYNC ::
	@mmd -i $@ ::/EFI ::/EFI/BOOT
	@mcopy -i $@ $^ ::/EFI/BOOT/

# The layout that old firmware takes too: an active partition over the whole (some BIOSes skip sticks
# without one), and the EFI system partition behind it, in an MBR without GPT.
ISO_EFI_PART := -append_partition 2 0xef $(B)/iso/efi.img \
	-eltorito-alt-boot -e --interval:appended_partition_2:all:: -no-emul-boot
$(B)/latesync.iso: $(B)/image.stamp $(B)/iso/bios.img $(if $(ISO_EFI),$(B)/iso/efi.img)
	@mkdir -p $(B)/image/boot/bios
	@cp $(B)/iso/bios.img $(B)/image/boot/bios/
	@xorriso -as mkisofs -quiet -o $@ -V LATESYNC -r \
		-b boot/bios/bios.img -no-emul-boot -boot-load-size 4 -boot-info-table \
		--grub2-boot-info --grub2-mbr $(call grub_dir,i386-pc)/boot_hybrid.img \
		--mbr-force-bootable -partition_offset 16 -iso_mbr_part_type 0x83 \
		$(if $(ISO_EFI),$(ISO_EFI_PART)) $(B)/image > $(B)/iso.log 2>&1 || { cat $(B)/iso.log >&2; exit 1; }
	@rm -r $(B)/image/boot/bios
	$(if $(filter BOOTX64.EFI,$(ISO_EFI)),,@echo "note: $@ does not boot by UEFI: GRUB's files \
	for x86_64-efi are not here (Debian: grub-efi-amd64-bin)" >&2)
	$(if $(filter BOOTIA32.EFI,$(ISO_EFI)),,@echo "note: $@ does not boot by 32-bit UEFI: GRUB's \
	files for i386-efi are not here (Debian: grub-efi-ia32-bin)" >&2)
	@echo "  ISO     $@"

$(B)/latesync.efi: $(B)/image.stamp
	@$(call need_grub,x86_64-efi,grub-efi-amd64-bin)
	@$(GRUB_MKIMAGE) -d $(call grub_dir,x86_64-efi) -O x86_64-efi -p /boot/grub \
		-c $(B)/inside.cfg -m $(B)/image.tar -o $@ $(GRUB_EFI_MODULES) memdisk tar
	@echo "  EFI     $@"

$(B)/latesync.pxe: $(B)/image.stamp
	@$(call need_grub,i386-pc,grub-pc-bin)
	@$(GRUB_MKIMAGE) -d $(call grub_dir,i386-pc) -O i386-pc-pxe -p /boot/grub \
		-c $(B)/inside.cfg -m $(B)/image.tar -o $@ $(GRUB_BIOS_MODULES) memdisk tar
	@echo "  PXE     $@"

iso: $(B)/latesync.iso
efi: $(B)/latesync.efi
pxe: $(B)/latesync.pxe
.PHONY: iso efi pxe
