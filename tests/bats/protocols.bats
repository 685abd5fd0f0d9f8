#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck disable=SC2030,SC2031
# What is broken is caught, what is sound is not accused.

load lib

# Looks at each line of the output that matches: an awk condition over the keys of the line.
each() { # LEAST REGEX CONDITION
	awk -v least="$1" -v regex="$2" '
		function value(s) { return s ~ /^[0-9]+$/ ? s + 0 : s }
		$0 ~ "^# result " && $0 ~ regex {
			delete k
			for (i = 1; i <= NF; i++)
				if (n = index($i, "="))
					k[substr($i, 1, n - 1)] = value(substr($i, n + 1))
			seen++
			if (!('"$3"')) { print "does not hold: " $0; bad = 1 }
		}
		END { if (seen < least) { print seen + 0 " lines, expected " least; bad = 1 }; exit bad }' \
		<<<"$output"
}

here=$'# here nested-signal: sound here\n# here early-signal: broken here: invariant at point \n# here no-sender-barrier: not testable here: this kernel closes'
# Every row as expected, in time, with what was tried; what an emulator cannot judge is no pass.
table() { # CPUS
	boots 0 $'# verdict PASS\n!not ok\n!untried=[1-9]\nprotocol=no-sender-barrier expected=question observed=skip\n'"$here" \
		--accel tcg --smp "$1" test=mutants
	each 4 'expected=sound' 'k["observed"] == "sound"'
	each 13 'expected=broken.* observed=broken' 'k["caught_by"] != "none"'
	each 17 'expected=(sound|broken)' 'k["observed"] == k["expected"] || k["observed"] == "skip"'
	each 4 'expected=sound' 'k["answered"] > 0 && k["events"] > 0 && k["nmi"] > 0'
	each 3 'expected=sound.* protocol=(nested|late)|protocol=(nested|late).* expected=sound' 'k["skipped"] > 0'
}
@test "the table of protocols, 2 CPUs" { table 2; }
@test "the table of protocols, 3 CPUs" { slow; table 3; }
@test "the table of protocols, 4 CPUs" { table 4; }
@test "the table of protocols, 8 CPUs" { slow; table 8; }

@test "a protocol that cannot be judged is a SKIP" {
	boots 77 $'# SKIP no-sender-barrier\nreason=' --accel tcg --smp 2 test=mutants protocol=no-sender-barrier
}
@test "no isolated CPU: a SKIP" {
	boots 77 '# SKIP no isolated CPU' --accel tcg --smp 1 test=mutants
}
@test "early-signal breaks in a window" {
	boots 1 $'# verdict FAIL\nkind=invariant protocol=early-signal point=entry.signal-to-cr3' \
		--accel tcg --smp 2 test=window protocol=early-signal duration=2s
}
@test "storm tells which gaps it reached" {
	boots 0 $'# verdict PASS\n!not ok\n!# violation' --accel tcg --smp 2 test=storm duration=2s
	each 12 'point=' 'k["injected"] == 0 && (k["hits"] > 0) == (k["outcome"] != "not-reached")'
	each 1 'sync=' 'k["nmi"] > 0 && k["nmi_unknown"] * 2 < k["nmi"] && k["pokes"] > 0 && k["entries"] > 0'
}

entries_at() { # SPIN_US
	sed -n "s/.*protocol=nested-signal spin_us=$1 entries=\([0-9]*\) .*/\1/p" <<<"$output"
}

# How many there are is a matter of the host; that they are counted, and accuse nobody, is not.
@test "needless IPIs are counted by entry rate, for each sound protocol" {
	boots 0 $'# verdict PASS\n!not ok\n!# violation' --accel tcg --smp 2 test=needless duration=4s
	each 12 'test=needless' 'k["entries"] > 0 && k["ipis_skipped"] > 0 && k["ipis_needless"] <= k["ipis_isolated"]'
	(($(entries_at 0) > $(entries_at 2000)))
}
@test "NMIs from outside, as fast as they are taken, change nothing" {
	boots_under_nmis 0 $'# verdict PASS\n!not ok\n!# violation' --accel tcg --smp 2 \
		test=storm protocol=nested-signal,late-clear,nested-leave-set,always-ipi duration=3s
	((sent > 0))
	awk -v sent="$sent" '/^# result .* sync=/ { for (i = 1; i <= NF; i++)
			if (split($i, k, "=") == 2 && k[1] == "nmi_unknown") { tests++; unknown += k[2] } }
		END { print unknown " of " sent " counted as strange"; exit tests != 4 || !unknown }' "$log"
}
