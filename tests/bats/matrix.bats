#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# Features there and not there, wanted and not: over CPU models and machines of QEMU's TCG, and over
# Bochs. Each row says in which line of the report the feature shows.

load lib

clean=$'# verdict PASS\n!not ok\n!# violation\nviolations=0\nsync=deferred'
no_deferral='# SKIP pti=off: no kernel entry writes CR3, so nothing would serialise later'
refuses=$'# verdict SKIP\n'$no_deferral
quick='duration=200ms'

tcg() { # STATUS PATTERNS [OPTION|WORD]...
	boots "$1" "$2" --accel tcg --smp 2 "${@:3}" $quick
}
bochs() { # STATUS PATTERNS [OPTION|WORD]...
	boots "$1" "$2" --emulator bochs --smp 2 "${@:3}" $quick
}

# What a CPU has
@test "no SMEP, no SMAP, no UMIP" { tcg 0 "$clean"$'\nsmep=off smap=off umip=off' --cpu max,-smep,-smap,-umip; }
@test "no FSGSBASE" { tcg 0 "$clean"$'\nfsgsbase=off' --cpu max,-fsgsbase; }
@test "no XSAVE" { tcg 0 "$clean" --cpu max,-xsave; }
@test "1 GiB pages, five-level paging" { tcg 0 "$clean" --cpu qemu64,+pdpe1gb,+la57; }
@test "an AMD" { tcg 0 "$clean"$'\nvendor=AuthenticAMD\nrdcl_no=yes' --cpu Opteron_G5; }
@test "an Intel with MELTDOWN" { tcg 0 "$clean"$'\nvendor=GenuineIntel\nsmep=on' --cpu Skylake-Client; }
@test "an Intel of a server" { tcg 0 "$clean"$'\nvendor=GenuineIntel\numip=on' --cpu Icelake-Server; }
@test "the oldest on the oldest" { tcg 0 "$clean"$'\nsmep=off smap=off umip=off' --machine pc --cpu qemu64; }
@test "an AMD without firmware" { tcg 0 "$clean"$'\nvendor=AuthenticAMD' --machine microvm --cpu EPYC; }

# kPTI
@test "pti=off" { tcg 0 $'# verdict PASS pass=5 fail=0 error=0 skip=1\npti=off\nsync=ipi protocol=always-ipi\n'"$no_deferral" pti=off; }
@test "pti=off sync=ipi" { tcg 0 $'# verdict PASS\nviolations=0\n!# SKIP\n!sync=deferred protocol' pti=off sync=ipi test=defer,window,storm; }
@test "pti=off sync=deferred" { tcg 0 $'# verdict PASS pass=4 fail=0 error=0 skip=1\n'"$no_deferral" pti=off sync=deferred; }
@test "pti=off, defer" { tcg 77 "$refuses" pti=off test=defer; }
@test "pti=off, window" { tcg 77 "$refuses" pti=off test=window; }
@test "pti=off, storm" { tcg 77 "$refuses" pti=off test=storm; }
@test "pti=off, mutants" { tcg 77 "$refuses" pti=off test=mutants; }
@test "pti=off on Bochs" { bochs 0 $'# verdict PASS pass=5 fail=0 error=0 skip=1\n!not ok\npti=off pcid=on\n'"$no_deferral" pti=off; }
@test "pti=off sync=ipi on Bochs" { bochs 0 $'# verdict PASS\nviolations=0\n!# SKIP' pti=off sync=ipi test=defer,window,storm; }

# x2APIC and PCID
@test "x2apic=on without it" { tcg 77 $'# verdict SKIP\n# SKIP x2apic=on: this CPU has no x2APIC\n!# result\nx2apic=off' --cpu max,-x2apic x2apic=on; }
@test "pcid=on without it" { tcg 77 $'# verdict SKIP\n# SKIP pcid=on: this CPU has no PCID\n!# result\npcid=off' pcid=on; }
@test "both off where there are none" { tcg 0 "$clean"$'\npcid=off x2apic=off\napic=xapic' x2apic=off pcid=off; }
@test "pcid=on x2apic=off on Bochs" {
	bochs 0 "$clean"$'\npcid=on x2apic=off\napic=xapic' pcid=on x2apic=off
}
@test "pcid=off x2apic=on on Bochs" { bochs 0 "$clean"$'\npcid=off x2apic=on\napic=x2apic' pcid=off; }
