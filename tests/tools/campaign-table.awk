# SPDX-License-Identifier: BSD-2-Clause
# The runs of a campaign, from its runs.tsv, as one table: a row for all that differ in their seed alone,
# then one for each run that did not pass. -v as=html for the page; -v as=status gives the status of all.

function word(status) {
	return status in name ? name[status] : "LOST"
}
function html(text) {
	gsub(/&/, "\\&amp;", text)
	gsub(/</, "\\&lt;", text)
	gsub(/>/, "\\&gt;", text)
	return text
}
# Of the seconds that the runs of a row took.
function median(list,   n, a, i, j, x) {
	n = split(list, a, " ")
	for (i = 2; i <= n; i++) {
		x = a[i]
		for (j = i - 1; j && a[j] + 0 > x + 0; j--)
			a[j + 1] = a[j]
		a[j + 1] = x
	}
	return n ? a[int((n + 1) / 2)] : "-"
}
function row(label, runs, group, seconds,   i) {
	printf as == "html" ? "<tr><td>%s</td><td class=\"n\">%s</td>" : "%-" wide "s %5s", html(label), runs
	for (i = 1; i <= kinds; i++)
		printf as == "html" ? "<td class=\"n\">%s</td>" : " %" length(kind[i]) + 1 "s", \
			group == "" ? kind[i] : count[group, kind[i]] + 0
	printf as == "html" ? "<td class=\"n\">%s</td></tr>\n" : " %6s\n", seconds
}
function all_status(   i, n, order) {
	n = split("FAIL CRASH HANG EMULATOR ERROR LOST USAGE PASS SKIP", order, " ")
	split("1 4 5 6 3 3 2 0 77", value, " ")
	for (i = 1; i <= n; i++)
		if (count["all", order[i]])
			return value[i]
	return 3
}

BEGIN {
	split("0 PASS 1 FAIL 2 USAGE 3 ERROR 4 CRASH 5 HANG 6 EMULATOR 77 SKIP", list, " ")
	for (i = 1; i in list; i += 2)
		name[list[i]] = list[i + 1]
	kinds = split("PASS FAIL ERROR CRASH HANG EMULATOR LOST SKIP", kind, " ")
	wide = 4
}
{
	group = " " $5
	sub(/ seed=[^ ]*/, "", group)
	group = substr(group, 2)
	if (group == "")
		group = "(seeds)"
	if (!(group in runs))
		order[++groups] = group
	if (length(group) > wide)
		wide = length(group)
	runs[group]++
	count[group, word($2)]++
	count["all", word($2)]++
	if ($3 != "-") {
		took[group] = took[group] " " $3
		took["all"] = took["all"] " " $3
	}
	if ($2 != 0)
		bad[++bads] = $0
}
END {
	if (as == "status") {
		print all_status()
		exit
	}
	if (as == "html")
		print "<h2>Campaign</h2><p>A row for all runs that differ in their seed alone; seconds are medians.</p>" \
			"<div class=\"wide\"><table>"
	row("runs", "all", "", "s")
	for (i = 1; i <= groups; i++)
		row(order[i], runs[order[i]], order[i], median(took[order[i]]))
	row("all", NR, "all", median(took["all"]))
	print as == "html" ? "</table></div><div class=\"wide\"><table>" : ""
	for (i = 1; i <= bads; i++) {
		split(bad[i], f, "\t")
		if (as == "html")
			printf "<tr><td>%s</td><td class=\"%s\">%s</td><td>%s</td><td>%s</td><td>%s</td></tr>\n", f[1], \
				word(f[2]), word(f[2]), html(f[4]), html(f[5]), html(f[6])
		else
			printf "%s %s on %s: %s: %s\n", f[1], word(f[2]), f[4], f[5], f[6]
	}
	if (as == "html")
		print "</table></div>"
}
