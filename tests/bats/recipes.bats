#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck disable=SC2016,SC2030,SC2031
# The documents' recipes and examples, carried out as they are written: all in one scratch copy, built
# once and booted for each. The number of places is that of the heading.

load lib

# Turns a document into a folder of edits: NUMBER.SECTION/{file,where,anchor,text}.
edits_of() { # DOCUMENT FOLDER
	awk -v out="$2" '
		function start(file, where, anchor) {
			dir = sprintf("%s/%03d", out, ++n)
			system("mkdir -p " dir)
			print section >(dir "/section")
			print file >(dir "/file")
			print where >(dir "/where")
			print anchor >(dir "/anchor")
			text = dir "/text"
			began = 0
		}
		/^##/ { section = $0 }
		match($0, /[Aa] new file `[^`]*`:$/) {
			split(substr($0, RSTART), part, "`")
			start(part[2], "new", "")
			next
		}
		/^In `[^`]*`, (after|before) `[^`]*`:$/ {
			split($0, part, "`")
			start(part[2], part[3] ~ /after/ ? "after" : "before", part[4])
			next
		}
		text != "" && /^    / { print substr($0, 5) >text; began = 1; next }
		text != "" && /^$/ { if (began) print "" >text; next }
		text != "" { close(text); text = "" }' "$1"
}

# The one line of the file that holds the anchor decides.
carry_out() { # EDIT
	local file anchor where

	file=$(cat "$1/file") anchor=$(cat "$1/anchor") where=$(cat "$1/where")
	if [[ $where == new ]]; then
		cp "$1/text" "$scratch/$file"
		return
	fi
	awk -v where="$where" -v text="$1/text" 'BEGIN { getline anchor <(ARGV[1]); ARGV[1] = "" }
		function put(  line) { while ((getline line <text) > 0) { if (line == "") { gap = 1; continue } if (gap) print ""; gap = 0; print line } }
		where == "before" && index($0, anchor) { put(); n++ }
		{ print }
		where == "after" && index($0, anchor) { put(); n++ }
		END { exit n != 1 }' "$1/anchor" "$scratch/$file" >"$BATS_FILE_TMPDIR/edited" ||
		{ echo "$file has not one line with: $anchor" >&2 && return 1; }
	cp "$BATS_FILE_TMPDIR/edited" "$scratch/$file"
}

setup_file() {
	local edit

	export scratch=$BATS_FILE_TMPDIR/tree edits=$BATS_FILE_TMPDIR/edits
	mkdir "$scratch"
	(cd "$top" && tar -c --exclude=./.git .) | tar -x -C "$scratch"
	edits_of "$top/README.md" "$edits/readme"
	edits_of "$top/docs/hacking.md" "$edits/hacking"
	for edit in "$edits"/*/*; do carry_out "$edit"; done
	# README's two lines about alternatives, each in a file of its kind.
	{
		printf '#include <patching/alternative.h>\nvoid readme_alternative(void);\nvoid readme_alternative(void)\n{\n'
		sed -n 's/^    \(alternative(.*\)/\1/p' "$top/README.md"
		printf '}\n'
	} >"$scratch/tests/selftest/readme.c"
	{
		printf '%%include "cpufeatures.inc"\n%%include "patching/alternative.inc"\nbits 64\nsection .text\n'
		sed -n 's/^    \(ALTERNATIVE .*\)/\1/p' "$top/README.md"
	} >"$scratch/tests/selftest/readme_asm.asm"
	make -C "$scratch" -s >"$BATS_FILE_TMPDIR/make" 2>&1 || cat "$BATS_FILE_TMPDIR/make" >&2
}

# A recipe: as many places as the heading says, and the line that its run prints.
recipe() { # HEADING
	local section words prints

	section=$(grep -E "^### $1: [0-9]+ places?$" "$top/docs/hacking.md")
	[[ $(grep -lFx -- "$section" "$edits"/hacking/*/section | wc -l) == "$(tr -dc 0-9 <<<"$section")" ]]
	IFS=$'\x1f' read -r words prints < <(sed -n "/^### $1: /,/^Run/"'s/^Run `\([^`]*\)`: it prints `\([^`]*\)`\..*/\1\x1f\2/p' \
		"$top/docs/hacking.md")
	# shellcheck disable=SC2086
	run "$scratch/run-qemu.sh" --accel tcg --smp 2 $words
	echo "$output" | tail -n 5
	[[ $output != *'# SKIP the two take turns'* ]] || skip 'the host gives the two one CPU'
	((status == 0 || status == 77)) && [[ $output == *"$prints"* && -n $prints ]]
}

@test "recipe: a test" { recipe 'A test'; }
@test "recipe: a protocol" { recipe 'A protocol'; }
@test "recipe: a probe" { recipe 'A probe'; }
@test "recipe: a serialiser" { recipe 'A serialiser'; }
@test "recipe: a word" { recipe 'A word'; }
@test "README: its test runs" { run "$scratch/run-qemu.sh" --accel tcg --smp 2 test=sum && [[ $output == *'ok 1 sum'* ]]; }
@test "two tests of one number are refused" {
	sed 's/"sum"/"sum-two"/; s/run_sum/run_sum_two/' "$scratch/tests/selftest/sum.c" >"$scratch/tests/selftest/sum_two.c"
	expect 3 '# ERROR the tests * have one number, 50' "$scratch/run-qemu.sh" --accel tcg --smp 2 test=list
}
