# SPDX-License-Identifier: BSD-2-Clause
# A counterexample as a time line: what the replay of model.pml prints, in the words of `steps`.
#
# usage: awk -v protocol=NUMBER -v change=text|mapping -f timeline.awk NAMES REPLAY

function line(sender, victim) {
	printf "# %4s  %-32s  %-62s %-6s %-7s %s\n", ++number, sender, victim,
		S (pending ? " (" pending ")" : ""), cr3 ? "user" : "kernel", epoch
}

FNR == NR {
	if ($2 == protocol && ($1 == "victim" || $1 == change)) {
		what = $0
		sub(/^[a-z]+ [0-9]+ [0-9]+ /, "", what)
		place = what
		sub(/^.*\t/, "", place)
		sub(/ \(.*/, "", place)
		sub(/\t.*/, "", what)
		name[$1, $3] = what
		where[$1, $3] = place
	}
	next
}

BEGIN {
	visible[0] = "batch active"; visible[1] = "int3"; visible[2] = "the tail"
	visible[3] = "the first byte"; visible[4] = "the page-table entry"; visible[6] = "the epoch"
	split("marks it isolated,marks it as not isolated,lets it keep S,lets it keep S no more," \
		"asks it for S:=1,sees that S=1", isolator, ",")
	split("stale torn orphan queue_reused user_cr3 table_freed", kinds)
	why[1] = "may use the mapping that the committed one replaced"
	if (change == "text")
		why[1] = "may execute an older version than the committed one"
	why[2] = "may execute parts of two versions as one instruction"
	why[3] = "has met an int3 that no batch owns"
	why[4] = "uses the batch, and the sender reuses it"
	why[6] = "may still walk the page table that the sender frees"
	why[5] = "runs kernel text on the user's page table"
	printf "# %4s  %-32s  %-62s %-6s %-7s %s\n", "", "sender", "victim", "S", "CR3", "epoch"
	S = 0; cr3 = 1; epoch = 0
}

{ sub(/^[ \t]+/, "") }

/^T / {
	S = $5; pending = $6; cr3 = $7
	if ($2 == 0) {
		if ($3 < 200 && name[change, $3] ~ /^epoch/)
			epoch++
		if ($3 >= 200)
			text = "  (visible: " visible[$3 - 200] ")"
		else if ((text = name[change, $3]) == "reads S")
			text = text ": " S ($8 ? ", tells it" : ", leaves it out")
		line(text, "")
	} else if ($2 == 2) {
		line("another CPU: " isolator[$3], "")
	} else {
		prefix = substr("NMI: NMI: ", 1, 5 * depth)
		if ($3 == 200)
			text = "  (S visible)"
		else if ($3 == 201)
			text = prefix "an NMI-like event"
		else if ($3 == 202)
			text = prefix "IPI: serialises, acknowledges"
		else if ($3 == 203)
			text = prefix "executes the int3"
		else if ($3 == 204)
			text = prefix "int3 handler: emulates, counts down"
		else if ($3 == 206)
			text = prefix "int3 handler: counts up"
		else if ($3 == 207)
			text = prefix "int3 handler: reads active"
		else if ($3 == 208)
			text = "switches to another address space"
		else if ($3 == 209)
			text = "IPI: S:=1, acknowledges"
		else if (name["victim", $3] == "user mode")
			text = "enters the kernel"
		else
			text = prefix name["victim", $3] "  " where["victim", $3]
		line("", text)
	}
	depth = $4
}

/^E / {
	kind = $2 + 1
	if (kinds[kind] == "queue_reused")
		line("reuses the batch", "")
	else if (kinds[kind] == "table_freed")
		line("frees the page table", "")
	else
		line("", substr("NMI: NMI: ", 1, 5 * depth) "kernel text")
	printf "# witness: kind=%s: the victim %s\n", kinds[kind], why[kind]
}
