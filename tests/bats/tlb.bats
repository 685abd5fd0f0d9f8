#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# Kernel mappings: flushed now or later, on both machines; what reads through an old one is caught,
# and what a machine cannot show is a SKIP with what was measured on it.

load lib

sound=$'# verdict PASS\n!not ok\n!# violation\nstale_reads=0 violations=0\n flushes=[1-9]'
stale=$'# verdict FAIL\nkind=stale_read *address=ffffca* expected_generation=[1-9]* seen_generation='
measured='changed translations that outlived, of 64: nothing=64 cr3=0 '

tcg() { # STATUS PATTERNS [WORD]...
	boots "$1" "$2" --accel tcg --smp 2 test=tlb "${@:3}"
}
bochs() { # STATUS PATTERNS [WORD]...
	boots "$1" "$2" --emulator bochs --smp 2 test=tlb duration=500ms "${@:3}"
}

@test "sync=ipi" { tcg 0 "$sound"$'\nflushes_deferred=0 ipis_isolated=[1-9]' sync=ipi; }
@test "sync=deferred" { tcg 0 "$sound"$'\nflushes_deferred=[1-9]\ntables_reused=[1-9]' sync=deferred; }
@test "sync=deferred user=spin interrupts nobody" {
	tcg 0 "$sound"$'\nflushes_deferred=[1-9]* ipis_isolated=0 ' sync=deferred user=spin
}
@test "sync=ipi user=spin interrupts everyone" { tcg 0 "$sound"$'\nipis_isolated=[1-9]' sync=ipi user=spin duration=500ms; }
@test "late-clear" { slow; tcg 0 "$sound" protocol=late-clear; }
@test "nested-leave-set" { slow; tcg 0 "$sound" protocol=nested-leave-set; }
@test "4 CPUs" { slow; boots 0 "$sound" --accel tcg --smp 4 test=tlb; }
@test "cond-and" { tcg 1 "$stale" protocol=cond-and; }
@test "no-entry-signal" { tcg 1 "$stale" protocol=no-entry-signal; }
@test "late-signal" { tcg 1 "$stale" protocol=late-signal; }
@test "nested-no-serialise" { tcg 1 "$stale" protocol=nested-no-serialise; }
@test "table-freed-early" { tcg 1 $'# verdict FAIL\nkind=table_freed' protocol=table-freed-early; }
@test "noflush-tlb: no PCID" { tcg 77 '# SKIP *no PCID' protocol=noflush-tlb; }
@test "other-pcid-tlb: no PCID" { tcg 77 '# SKIP *no PCID' protocol=other-pcid-tlb; }
@test "other-pcid-tlb, another test: no PCID, and no bit 63 in CR3" { boots 77 $'ok 1 defer # SKIP *no PCID\n!verdict HANG' --accel tcg --smp 2 test=defer pcid=off protocol=other-pcid-tlb duration=300ms; }
@test "global-tlb: all is flushed" { tcg 77 "$measured"$'*cr3-global-page=0\n# SKIP ' protocol=global-tlb; }
@test "a change of text alone is not for this test" { tcg 77 '# SKIP it differs only in how text is written' protocol=no-int3; }
@test "no isolated CPU: a SKIP" { boots 77 '# SKIP no isolated CPU' --accel tcg --smp 1 test=tlb; }

@test "Bochs, PCID and INVPCID, sync=ipi" { bochs 0 "$sound"$'\npcid=on x2apic=on\ninvpcid=on' sync=ipi; }
@test "Bochs, PCID and INVPCID, sync=deferred" { bochs 0 "$sound"$'\nflushes_deferred=[1-9]\npcid=on x2apic=on' sync=deferred; }
@test "Bochs, pcid=off" { slow; bochs 0 "$sound"$'\npcid=off' pcid=off; }
@test "Bochs, user=spin interrupts nobody" { bochs 0 "$sound"$'\nipis_isolated=0 ' user=spin; }
@test "Bochs, cond-and" { bochs 1 "$stale" protocol=cond-and; }
@test "Bochs, no-entry-signal" { slow; bochs 1 "$stale" protocol=no-entry-signal; }
@test "Bochs, late-signal" { slow; bochs 1 "$stale" protocol=late-signal; }
@test "Bochs, nested-no-serialise" { slow; bochs 1 "$stale" protocol=nested-no-serialise; }
@test "Bochs keeps global pages: global-tlb is caught" { bochs 1 "$stale" protocol=global-tlb; }
@test "Bochs, noflush-tlb: the hint is ignored" { bochs 77 "$measured"$'*cr3-noflush=0 cr3\n# SKIP *measured: 0 of 64' protocol=noflush-tlb; }
@test "Bochs, other-pcid-tlb: all PCIDs are flushed" { bochs 77 "$measured"$'*cr3-other-pcid=0 cr3\n# SKIP *measured: 0 of 64' protocol=other-pcid-tlb; }
