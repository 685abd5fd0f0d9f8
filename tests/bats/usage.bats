#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# Bad options and words: each ends with status 2, names the word as it was given, and runs no test.

load lib

# An option that run-qemu.sh refuses: nothing boots.
option() { # WORD [OPTION]...
	local word=$1

	shift
	boots 2 "error: $word: expected"$'\n!KTAP' "$@"
}

# A word that the kernel refuses, before any test.
word() { # WORD [WORD]...
	local word=$1

	shift
	(($#)) || set -- "$word"
	boots 2 "error: $word: "$'\n!# test \n!# verdict' --accel tcg "$@"
}

@test "--smq: nearest name" { option --smq=2 --smq=2 && [[ $output == *--smp* ]]; }
@test "-smp" { option -smp -smp 2; }
@test "-h" { option -h -h; }
@test "--" { boots 2 'error: --smp: ' --accel tcg -- --smp; }
@test "--smp without a value" { option --smp --smp; }
@test "--smp before another option" { option --smp --smp --gdb; }
@test "--smp 0" { option '--smp 0' --smp 0; }
@test "--smp 256" { option --smp=256 --smp=256; }
@test "--smp -1" { option --smp=-1 --smp=-1; }
@test "--smp four" { option '--smp four' --smp four; }
@test "--smp 2,cores=2" { option '--smp 2,cores=2' --smp 2,cores=2; }
@test "--smp=" { option --smp= --smp=; }
@test "--smp twice" { option '--smp=2' --smp 2 --smp=2; }
@test "--memory 31M" { option '--memory 31M' --memory 31M; }
@test "--memory 256" { option '--memory 256' --memory 256; }
@test "--memory 1T" { option '--memory 1T' --memory 1T; }
@test "--memory -1G" { option --memory=-1G --memory=-1G; }
@test "--memory 99999G" { option '--memory 99999G' --memory 99999G; }
@test "--accel hvf" { option '--accel hvf' --accel hvf; }
@test "--accel auto,x=1" { option '--accel auto,x=1' --accel auto,x=1; }
@test "--accel tcg," { option '--accel tcg,' --accel tcg,; }
@test "--accel tcg,thread" { option '--accel tcg,thread' --accel tcg,thread; }
@test "--accel tcg,nosuch=1" { option '--accel tcg,nosuch=1' --accel tcg,nosuch=1; }
@test "--cpu without a name" { option --cpu= --cpu=; }
@test "--cpu nosuch" { option '--cpu nosuch' --accel tcg --cpu nosuch; }
@test "--cpu host under TCG" { option '--cpu host' --accel tcg --cpu host; }
@test "--machine vax" { option '--machine vax' --machine vax; }
@test "--boot floppy" { option '--boot floppy' --boot floppy; }
@test "--boot net" { option '--boot net' --boot net; }
@test "--media floppy" { option '--media floppy' --boot iso --media floppy; }
@test "--media usb without an image" { option '--media usb' --media usb; }
@test "--media usb with Bochs" { option '--media usb' --emulator bochs --media usb; }
@test "--machine microvm --boot uefi" { option '--machine microvm --boot uefi' --machine microvm --boot uefi; }
@test "--emulator simics" { option '--emulator simics' --emulator simics; }
@test "bochs --boot kernel" { option '--emulator bochs --boot kernel' --emulator bochs --boot kernel; }
@test "bochs --machine" { option '--machine q35' --emulator bochs --machine q35; }
@test "bochs --accel" { option '--accel=tcg' --accel=tcg --emulator bochs; }
@test "bochs --cpu" { option '--cpu max' --emulator bochs --cpu max; }
@test "bochs --qemu-arg" { option '--qemu-arg -S' --emulator bochs --qemu-arg -S; }
@test "bochs --gdb" { option --gdb --emulator bochs --gdb; }
@test "bochs --smp 16" { option '--smp 16' --emulator bochs --smp 16; }
@test "bochs --memory 3G" { option '--memory 3G' --emulator bochs --memory 3G; }
@test "--machine microvm --boot iso" { option '--machine microvm --boot=iso' --machine microvm --boot=iso; }
@test "--timeout 0" { option '--timeout 0' --timeout 0; }
@test "--timeout 5m" { option '--timeout 5m' --timeout 5m; }
@test "--timeout -5" { option --timeout=-5 --timeout=-5; }
@test "--log in no directory" { option '--log /nonexistent/log' --log /nonexistent/log; }
@test "--qemu-arg without a value" { option --qemu-arg --qemu-arg; }
@test "--qemu-arg that QEMU does not know" { option '--qemu-arg --nosuch' --accel tcg --qemu-arg --nosuch; }
@test "--gdb=1" { option --gdb=1 --gdb=1; }
@test "--dry-run twice" { option --dry-run --dry-run --dry-run; }
@test "an empty word" { option "''" ''; }
@test "a word with a space" { option 'foo bar' 'foo bar'; }
@test "a word with quotes" { option "it's" "it's"; }
@test "a word beyond ASCII" { option $'test=\xc3\xa4' $'test=\xc3\xa4'; }
@test "accel= by hand" { option accel=tcg accel=tcg; }
@test "host= by hand" { option host=x host=x; }

@test "tset=poke: nearest name" { word tset=poke && [[ $output == *test* ]]; }
@test "a word without a meaning" { word foo; }
@test "100%" { word 100%; }
@test "a*b;c{d}(e)|f" { word 'a*b;c{d}(e)|f'; }
@test "=" { word "="; }
@test "TEST=poke" { word TEST=poke; }
@test "test" { word test; }
@test "test=" { word test=; }
@test "test=pokr: nearest name" { word test=pokr && [[ $output == *poke* ]]; }
@test "test=poke,,defer" { word test=poke,,defer; }
@test "test=-" { word test=-; }
@test "test=screen: not built yet" { word test=screen && [[ $output == *'not built yet'* ]]; }
@test "test=selfdestruct:nosuch" { word test=selfdestruct:nosuch; }
@test "test= twice" { word test=defer test=poke test=defer; }
@test "duration=" { word duration=; }
@test "duration=5" { word duration=5; }
@test "duration=99ms" { word duration=99ms; }
@test "duration=25h" { word duration=25h; }
@test "duration=-1s" { word duration=-1s; }
@test "duration=1d" { word duration=1d; }
@test "duration=18446744073709551616s" { word duration=18446744073709551616s; }
@test "duration= twice" { word duration=2s duration=1s duration=2s; }
@test "repeat=0" { word repeat=0; }
@test "repeat=1000001" { word repeat=1000001; }
@test "repeat=x" { word repeat=x; }
@test "until=pass" { word until=pass; }
@test "load=poke: nearest value" { word load=poke && [[ $output == *pokes* ]]; }
@test "max_us=0" { word max_us=0; }
@test "max_us=10us" { word max_us=10us; }
@test "user=spinn: nearest value" { word user=spinn && [[ $output == *spin* ]]; }
@test "sync=maybe" { word sync=maybe; }
@test "sync=ipi with a protocol" { boots 2 'error: ' --accel tcg sync=ipi protocol=nested-signal; }
@test "protocol=nosuch" { word protocol=nosuch; }
@test "protocol=noflush-tbl: nearest name" { word protocol=noflush-tbl && [[ $output == *noflush-tlb* ]]; }
@test "inject=exit.iert: nearest name" { word inject=exit.iert:nmi && [[ $output == *'is "exit.iret"'* ]]; }
@test "inject=exit.iret:irq" { word inject=exit.iret:irq; }
@test "inject=exit.iret twice" { word inject=exit.iret:nmi inject=exit.iret inject=exit.iret:nmi; }
@test "inject=nmi.signal-to-cr3:nmi: the reason" { word inject=nmi.signal-to-cr3:nmi && [[ $output == *'NMIs are masked there'* ]]; }
@test "delay=nowhere:1" { word delay=nowhere:1; }
@test "delay=exit.iret" { word delay=exit.iret; }
@test "delay=exit.iret:0" { word delay=exit.iret:0; }
@test "delay=exit.iret:1000000001" { word delay=exit.iret:1000000001; }
@test "delay=sender.after-read:poke: the reason" { word delay=sender.after-read:poke && [[ $output == *'the patcher itself stands there'* ]]; }
@test "seed=" { word seed=; }
@test "seed=0xg" { word seed=0xg; }
@test "seed=-1" { word seed=-1; }
@test "seed=18446744073709551616" { word seed=18446744073709551616; }
@test "pti=maybe" { word pti=maybe; }
@test "pcid=1" { word pcid=1; }
@test "x2apic=yes" { word x2apic=yes; }
@test "console=ttyS4" { word console=ttyS4; }
@test "console=ttyS0,9601" { word console=ttyS0,9601; }
@test "end=explode" { word end=explode; }
@test "debug=nosuch" { word debug=nosuch; }
@test "cpus=0" { word cpus=0; }
@test "cpus=0,99" { word cpus=0,99; }
@test "cpus=1,1" { word cpus=1,1; }
@test "quirk=nosuch" { word quirk=nosuch; }
# More than there is room for is refused, not dropped; a list counts as what it holds.
many() { # NAME COUNT
	printf -v REPLY "$1,%.0s" $(seq "$2")
	REPLY=${REPLY%,}
}
@test "129 tests" { many selftest 129 && word "test=$REPLY" && [[ $output == *'no more than 128'* ]]; }
@test "all tests and 120 more" { many poke 120 && word "test=all,$REPLY" && [[ $output == *'no more than 128'* ]]; }
@test "65 protocols" { many always-ipi 65 && word "protocol=$REPLY" && [[ $output == *'no more than 64'* ]]; }
@test "a bad word through Bochs" { boots 2 'error: foo;bar*:=,: expected' --emulator bochs --smp 1 'foo;bar*:=,'; }
@test "a bad word through the ISO" { boots 2 'error: foo;bar*:=,: expected' --accel tcg --boot iso 'foo;bar*:=,'; }
