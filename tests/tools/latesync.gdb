# SPDX-License-Identifier: BSD-2-Clause
# For build/latesync-debug.elf in run-qemu.sh --gdb: `cpus`. QEMU shows each CPU as a thread.

define cpus
	set $i = 0
	printf "epoch %lu\n", text_epoch
	while $i < nr_cpus
		set $area = (struct cpu_entry_area *)(0xfffffe0000020000 + $i * 0x20000)
		set $number = $i + 1
		thread $number
		if cpu_online[$i]
			printf "cpu %d S=%u credit=%lu cr3=%lx\n", $i, $area->kernel_cr3_loaded, $area->credit, (unsigned long)$cr3
		else
			printf "cpu %d is not online, cr3=%lx\n", $i, (unsigned long)$cr3
		end
		set $i = $i + 1
	end
end
document cpus
S, credit, CR3 and place of every CPU, and the epoch of the last change. S and credit of a CPU can be read
where the CPU that is stopped has the entry areas mapped: everywhere.
end
