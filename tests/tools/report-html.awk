# SPDX-License-Identifier: BSD-2-Clause
# What report.awk has read, as a page; -v dir= takes a script for gnuplot a plot, whose picture comes to
# stand where the page says `<!--plot NAME-->`.

function letter(l) { return logs > 26 ? l : substr("ABCDEFGHIJKLMNOPQRSTUVWXYZ", l, 1) }
# Runs of one log on different machines, or set up differently, are not one series: what differs
# there, in the names that a log's series have; with 0 for the log, what differs in any.
function find_varying(   r, l, i, n, key) {
	n = split("accel hypervisor family model x2apic user pti pcid duration", key, " ")
	for (i = 1; i <= n; i++)
		for (r = 2; r <= runs; r++) {
			l = run_log[r]
			if (l != run_log[r - 1] || keys["c" r] == "" || keys["c" r - 1] == "" || \
			    value["c" r, key[i]] == value["c" r - 1, key[i]])
				continue
			# Another accelerator brings another model.
			if (i > 1 && i < 6 && (l, "accel") in varies)
				continue
			if (!((l, key[i]) in varies))
				varying[l] = varying[l] " " key[i]
			varies[l, key[i]]
			if (!((0, key[i]) in varies))
				varying[0] = varying[0] " " key[i]
			varies[0, key[i]]
		}
}
function setup(r, l,   i, n, key, s) {
	n = split(varying[l], key, " ")
	for (i = 1; i <= n; i++)
		s = s (key[i] == "accel" ? "" : key[i] "=") value["c" result_run[r], key[i]] " "
	return s
}
# In front of a series: the log, where there is more than one, and what differs within it.
function whose(r) { return (logs > 1 ? letter(result_log[r]) " " : "") setup(r, result_log[r]) }
# Words of a log within a script of gnuplot.
function plain(s) { gsub(/[^A-Za-z0-9._+:,= -]/, "_", s); sub(/ +$/, "", s); return s }

function sort(a, n,   i, j, x) {
	for (i = 2; i <= n; i++) {
		x = a[i]
		for (j = i - 1; j && a[j] + 0 > x + 0; j--)
			a[j + 1] = a[j]
		a[j + 1] = x
	}
}
# Median, least and most of the blank-separated numbers, in mid, least and most; how many is returned.
function spread(s,   n, a) {
	n = split(s, a, " ")
	sort(a, n)
	least = a[1]
	most = a[n]
	mid = n % 2 ? a[(n + 1) / 2] : (a[n / 2] + a[n / 2 + 1]) / 2
	return n
}
function figure(x) {
	x += 0
	if (x == int(x) && x < 100000)
		return sprintf("%d", x)
	return x >= 1e9 ? sprintf("%.3g G", x / 1e9) : x >= 1e6 ? sprintf("%.3g M", x / 1e6) : \
		x >= 1e5 ? sprintf("%.3g k", x / 1e3) : x >= 1000 ? sprintf("%.0f", x) : sprintf("%.4g", x)
}

function lasted(ns) {
	return ns < 1e6 ? figure(ns / 1000) " us" : ns < 1e9 ? figure(ns / 1e6) " ms" : figure(ns / 1e9) " s"
}

# A plot with so many pixels: gp is its script from here on.
function plot(name, width, height) {
	gp = dir "/" name ".gp"
	print "set terminal svg size " width "," height " fixed noenhanced font 'sans-serif,13' " \
		"background '#ffffff' name '" name "'" >gp
	print "set border 3 lc rgb '#444444'\nset tics nomirror\nset grid lc rgb '#dddddd' lt 1" >gp
	printf "<!--plot %s-->\n", name
}
function none(what) { printf "<p class=\"skip\">SKIP: %s</p>\n", what }
function heading(title, says) { printf "<h2>%s</h2>\n<p>%s</p>\n", title, says }

function colour(i) {
	split("#0072b2 #d55e00 #009e73 #cc79a7 #e69f00 #56b4e9", palette, " ")
	return palette[(i - 1) % 6 + 1]
}

function runs_table(   r, i, n, key, c) {
	print "<div class=\"wide\"><table><tr><th></th><th>log, line</th><th>commit</th><th>machine</th>" \
		"<th>CPUs</th><th>isolated</th><th>verdict</th><th>pass</th><th>fail</th>" \
		"<th>error</th><th>skip</th><th>to repeat</th></tr>"
	for (r = 1; r <= runs; r++) {
		c = "c" r
		printf "<tr><td>%s</td><td class=\"log\">%s:%d</td><td>%s</td>", letter(run_log[r]),
			xml(log_name[run_log[r]]), run_line[r], xml(run_commit[r])
		printf "<td>%s</td><td>%s</td><td>%s</td>", (keys[c] == "" ? "" : xml(value[c, "vendor"] " " \
			value[c, "family"] "/" value[c, "model"] "/" value[c, "stepping"] " " \
			value[c, "hypervisor"] " " value[c, "accel"])), xml(value[c, "cpus"]),
			xml(value[c, "isolcpus"])
		printf "<td class=\"%s\">%s</td><td class=\"n\">%d</td><td class=\"n\">%d</td>" \
			"<td class=\"n\">%d</td><td class=\"n\">%d</td><td><code>%s</code></td></tr>\n",
			run_verdict[r], run_verdict[r], run_count[r, "PASS"], run_count[r, "FAIL"],
			run_count[r, "ERROR"], run_count[r, "SKIP"], xml(run_replay[r])
	}
	print "</table></div>"
}

# What went wrong, and what was left out, each in the log's own words.
function trouble(   t, said) {
	for (t = 1; t <= tests; t++) {
		if (test_status[t] == "PASS")
			continue
		if (!said++)
			print "<h2>Not passed</h2>\n<table>"
		printf "<tr><td>%s</td><td>%s</td><td class=\"%s\">%s</td><td>%s<pre>%s</pre></td></tr>\n",
			letter(run_log[test_run[t]]), xml(test_name[t]), test_status[t], test_status[t],
			xml(test_why[t]), xml(test_violations[t])
	}
	if (said)
		print "</table>"
}

# How CPUs were told is what two logs are compared for, where each has one way throughout and not the
# same: no part of the question then.
function find_swapped(   r, l, i, n, key, one) {
	n = split("sync protocol", key, " ")
	for (i = 1; i <= n; i++) {
		for (r = 1; r <= results; r++) {
			l = result_log[r]
			if (!((r, key[i]) in value))
				continue
			if ((l, key[i]) in one && one[l, key[i]] != value[r, key[i]])
				break
			one[l, key[i]] = value[r, key[i]]
		}
		if (r > results && (1, key[i]) in one && (2, key[i]) in one && one[1, key[i]] != one[2, key[i]])
			swapped[key[i]]
	}
}
# What makes two results answers to the same question, and what was measured.
function same(r,   i, n, list, s) {
	n = split("sync protocol user load cpus isolated cpu role op name check way where spin_us " \
		"point event", list, " ")
	# Where a mutant was caught is an answer.
	n -= 2 * (value[r, "test"] == "mutants")
	for (i = 1; i <= n; i++)
		if ((r, list[i]) in value && !(list[i] in swapped))
			s = s " " list[i] "=" value[r, list[i]]
	return value[r, "test"] s (varying[0] == "" ? "" : " " setup(r, 0))
}
function answer(r) {
	return ((r, "observed") in value) ? value[r, "observed"] : ((r, "verdict") in value) ? \
		value[r, "verdict"] : ((r, "outcome") in value) ? value[r, "outcome"] : ""
}
function measured(key) {
	return key ~ /(_ns|_cycles|_ppm|_ms)$/ || key ~ /^(ms|pokes|sites|entries|flushes|interrupts)$/ ||
		key ~ /^(ipis_isolated|ipis_skipped|ipis_needless|gaps|int3_hits|violations|states)$/
}

function compare(   i, k, n, r, id, ids, list, a, an, alo, ahi, bn, bad, rows, apart, out, one, two, several, \
	test) {
	print "<h2>A against B</h2>"
	find_swapped()
	for (r = 1; r <= runs; r++)
		for (i = split(keys["c" r], list, " "); i; i--)
			if (list[i] !~ /^(seed|tsc_khz|expected_s)$/ &&
			    !((run_log[r], list[i], value["c" r, list[i]]) in seen)) {
				seen[run_log[r], list[i], value["c" r, list[i]]]
				said[run_log[r], list[i]] = said[run_log[r], list[i]] " " value["c" r, list[i]]
				if (!(list[i] in known)) {
					known[list[i]]
					order[++ids] = list[i]
				}
			}
	for (i = 1; i <= ids; i++)
		if (said[1, order[i]] != said[2, order[i]])
			out = out sprintf("<tr><td>%s</td><td>%s</td><td>%s</td></tr>\n", order[i],
				xml(said[1, order[i]]), xml(said[2, order[i]]))
	print out == "" ? "<p>Both ran with the same configuration, but for the seed.</p>" : \
		"<details open><summary>Their configurations differ</summary><div class=\"wide\"><table>" \
		"<tr><th></th><th>A</th><th>B</th></tr>" out "</table></div></details>"
	n = 0
	for (r = 1; r <= results; r++) {
		id = same(r)
		if (answer(r) != "" && index(answers[id, result_log[r]] " ", " " answer(r) " ") == 0) {
			answers[id, result_log[r]] = answers[id, result_log[r]] " " answer(r)
			if (!(id in asked))
				question[++questions] = id
			asked[id]
		}
		if (result_empty[r] != "")
			continue
		has[id, result_log[r]]
		for (i = 1; i <= split(keys[r], list, " "); i++) {
			if (list[i] == "bound_ppm" && value[r, "verdict"] == "control")
				continue
			if (!measured(list[i]) || value[r, list[i]] !~ /^[0-9.]+$/)
				continue
			if (!((id, list[i]) in place)) {
				place[id, list[i]]
				what[++n] = list[i]
				of[n] = id
			}
			got[id, list[i], result_log[r]] = got[id, list[i], result_log[r]] " " value[r, list[i]]
		}
	}
	out = ""
	for (k = 1; k <= questions; k++) {
		a = answers[question[k], 1]
		mid = answers[question[k], 2]
		if (a != "" && mid != "" && a != mid)
			out = out "<tr><td>" xml(question[k]) "</td><td>" xml(a) "</td><td>" xml(mid) \
				"</td></tr>\n"
	}
	if (out != "")
		print "<details open><summary>Answers that differ</summary><table><tr><th></th><th>A</th>" \
			"<th>B</th></tr>" out "</table></details>"
	out = ""
	for (k = 1; k <= n; k++) {
		if (got[of[k], what[k], 1] == "" || got[of[k], what[k], 2] == "") {
			if (!((of[k], 1) in has && (of[k], 2) in has) && !(of[k] in alone)) {
				alone[of[k]] = (of[k], 1) in has ? "A" : "B"
				lonely = lonely "<li>" alone[of[k]] ": " xml(of[k]) "</li>\n"
			}
			continue
		}
		an = spread(got[of[k], what[k], 1])
		a = mid; alo = least; ahi = most
		bn = spread(got[of[k], what[k], 2])
		rows++
		# Where something was measured once there is no spread to lie beyond.
		bad = an > 1 && bn > 1 && (least > ahi + 0 || most < alo + 0)
		apart += bad
		several += an > 1 && bn > 1
		if (of[k] != one) {
			two = of[k]
			sub(/ .*/, "", two)
			if (two != test) {
				out = out (test == "" ? "" : "</table></div></details>\n") "<details" \
					(two == "litmus" ? "" : " open") "><summary>" two "</summary>" \
					"<div class=\"wide\"><table><tr><th>what</th><th>A</th>" \
					"<th>least to most, n</th><th>B</th><th>least to most, n</th>" \
					"<th>B/A</th><th>its spread</th></tr>\n"
				test = two
			}
			out = out "<tr><th colspan=\"7\" class=\"row\">" xml(of[k]) "</th></tr>\n"
			one = of[k]
		}
		out = out sprintf("<tr%s><td>%s</td><td class=\"n\">%s</td><td class=\"n\">%s to %s, %d</td>" \
			"<td class=\"n\">%s</td><td class=\"n\">%s to %s, %d</td><td class=\"n\">%s</td>" \
			"<td class=\"n\">%s</td></tr>\n", (bad ? " class=\"apart\"" : ""), what[k],
			figure(a), figure(alo), figure(ahi), an, figure(mid), figure(least), figure(most), bn,
			ratio(mid, a), (ahi + most == 0 ? "" : an > 1 || bn > 1 ? \
			ratio(least, ahi) " to " ratio(most, alo) : "one each"))
	}
	if (!rows) {
		none("the two logs measured nothing in common")
	} else {
		printf "<p>%d figures stand in both. ", rows
		if (several)
			printf "Of the %d measured more than once in each, %d lie apart: their " \
				"spreads do not meet (marked). ", several, apart
		else
			printf "None was measured more than once in each, so that nothing says how much of a " \
				"difference is chance: repeat= or more runs in each log do. "
		print "Medians; a ratio above 1 means that B's is larger.</p>"
		print out "</table></div></details>"
	}
	if (lonely != "")
		print "<details><summary>Measured in one of them only</summary><ul>" lonely "</ul></details>"
}
function ratio(b, a) {
	return a + 0 ? sprintf(b / a < 1000 ? "%.3g" : "%.0f", b / a) : b + 0 ? "from 0" : "0 in both"
}

# Two decades and less would have one tic, or none.
function few_tics(lo, hi,   k, x, s) {
	if (hi > lo * 200)
		return ""
	for (k = 1e-3; k < hi; k *= 10)
		for (x = 1; x <= 5; x += x == 1 ? 1 : 3)
			if (k * x >= lo && k * x <= hi)
				s = s (s == "" ? "" : ",") k * x
	return "set xtics (" s ")"
}
# A part of a panel's histogram, as a block of data.
function boxes(name, p, part,   c, i, x, next_x, list) {
	print "$" name " << EOD" >gp
	c = split(bin_list[p, part], list, " ")
	sort(list, c)
	for (i = 1; i <= c; i++) {
		x = list[i] + 0 ? list[i] : 1
		next_x = i < c && list[i + 1] < x * 2 ? list[i + 1] : x * 2
		if (tally[p, part, list[i]])
			print x / 1000, 0.5, x / 1000, next_x / 1000, 0.5, tally[p, part, list[i]] >gp
	}
	print "1e-9 0.5 1e-9 1e-9 0.5 0.5\nEOD" >gp
}

# The panels: a log's, for each sync= and load= of isolated CPUs.
function noise(   r, h, i, n, p, id, x, panels, panel, lo, hi, top, list, bin, part) {
	heading("Gaps on isolated CPUs", \
		"How far apart a program's looks at the clock lay, on the same axes. The peak at the left " \
		"is the program itself; dark are looks before which something entered the kernel; the " \
		"dashed line is the longest gap while nothing went on. Of a log without <code># " \
		"histogram</code> lines the percentiles are drawn, and the longest gap below them.")
	for (r = 1; r <= results; r++) {
		if (value[r, "test"] != "noise" || result_empty[r] != "" || value[r, "role"] != "isolated")
			continue
		id = whose(r) "sync=" value[r, "sync"] " load=" value[r, "load"]
		if (!(id in panel)) {
			panel[id] = ++panels
			title[panels] = id
		}
		p = panel[id]
		cpu_panel[result_run[r], value[r, "cpu"], value[r, "sync"], value[r, "load"]] = p
		of_cpus[p]++
		if ((r, "interrupts") in value)
			irqs[p] += value[r, "interrupts"]
		if (value[r, "max_ns"] + 0 > longest[p])
			longest[p] = value[r, "max_ns"] + 0
		if (value[r, "floor_ns"] + 0 > floor[p])
			floor[p] = value[r, "floor_ns"] + 0
		for (i = split("p50 p99 p999 p9999", list, " "); i; i--)
			if ((x = value[r, list[i] "_ns"] + 0) > 0) {
				if (x > quantile[p, i])
					quantile[p, i] = x
				if (!lo || x < lo) lo = x
				if (x > hi) hi = x
			}
		if (longest[p] > hi) hi = longest[p]
		if (floor[p] > hi) hi = floor[p]
	}
	if (!panels) {
		none("no result of test=noise for an isolated CPU in " (logs > 1 ? "these logs" : "this log"))
		return
	}
	for (h = 1; h <= histograms; h++) {
		p = cpu_panel[histogram_run[h], value["h" h, "cpu"], value["h" h, "sync"], value["h" h, "load"]]
		if (!p)
			continue
		part = (("h" h, "part") in value) ? value["h" h, "part"] : "all"
		n = split(bins[h], list, " ")
		for (i = 1; i <= n; i++) {
			split(list[i], bin, ":")
			if (bin[1] == "over") {
				over[p, part] += bin[2]
				continue
			}
			if (!((p, part, bin[1]) in tally))
				bin_list[p, part] = bin_list[p, part] " " bin[1]
			tally[p, part, bin[1]] += bin[2]
			total[p] += bin[2]
			if (tally[p, part, bin[1]] > top) top = tally[p, part, bin[1]]
			if (bin[1] + 0 && (!lo || bin[1] + 0 < lo)) lo = bin[1] + 0
			if (bin[1] * 2 > hi) hi = bin[1] * 2
		}
	}
	if (!lo) lo = 100
	if (hi <= lo) hi = lo * 10
	n = panels > 3 ? 3 : panels
	plot("noise", 40 + 400 * n, 360 * int((panels + n - 1) / n))
	printf "set multiplot layout %d,%d\nset logscale xy\nset xrange [%s:%s]\nunset key\n", \
		int((panels + n - 1) / n), n, lo / 1000 / 1.5, hi / 1000 * 1.5 >gp
	print "set xtics add ('1 s' 1e6, '10 s' 1e7)" >gp
	print few_tics(lo / 1500, hi / 1000 * 1.5) >gp
	print "set xlabel 'between two looks, us'\nset format x '%g'\nset rmargin 3\nset style fill solid 0.8" >gp
	for (p = 1; p <= panels; p++) {
		printf "set title \"%s\\n%d CPU%s%s\\nlongest gap %s%s\"\n", plain(title[p]), \
			of_cpus[p], (of_cpus[p] > 1 ? "s" : ""), \
			(p in irqs ? ", " irqs[p] " interruptions" : ""), lasted(longest[p]), \
			(over[p, "all"] ? ", " over[p, "all"] " over" : "") >gp
		print "unset arrow" >gp
		if (floor[p])
			printf "set arrow from %s, graph 0 to %s, graph 1 nohead dt 2 lc rgb '#444444'\n", \
				floor[p] / 1000, floor[p] / 1000 >gp
		if (top) {
			printf "set ylabel 'looks'\nset yrange [0.5:%s]\nset label 1 '%s' at graph 0.5,0.5 " \
				"center\n", \
				top * 2, (total[p] ? "" : "no gap") >gp
			boxes("d" p, p, "all")
			boxes("i" p, p, "interrupted")
			print "plot $d" p " using 1:2:3:4:5:6 with boxxyerror lc rgb '" colour(p) "', $i" p \
				" using 1:2:3:4:5:6 with boxxyerror lc rgb '#333333'" >gp
		} else {
			print "set ylabel 'share of gaps that are longer'\nset format y '%g'\nset yrange " \
				"[0.00003:1]" >gp
			print "$d" p " << EOD" >gp
			for (i = 1; i <= 4; i++)
				if (quantile[p, i])
					print quantile[p, i] / 1000, (i == 1 ? 0.5 : 10 ^ -i) >gp
			if (longest[p])
				print longest[p] / 1000, 0.00005 >gp
			print "EOD\nplot $d" p " using 1:2 with linespoints pt 7 lw 2 lc rgb '" colour(p) \
				"'" >gp
		}
	}
	print "unset multiplot" >gp
	close(gp)
}

function pokes(   r, i, j, n, id, s, list, x, out) {
	heading("Poke latency against CPUs", \
		"How long one batch took: the least, the average and the most, by how the CPUs were " \
		"told. Under an emulator on fewer host CPUs than it has, these are the host " \
		"scheduler's times: compare, do not quote.")
	for (r = 1; r <= results; r++) {
		if (!((r, "poke_avg_ns") in value) || result_empty[r] != "" || value[r, "poke_avg_ns"] + 0 == 0)
			continue
		id = whose(r) value[r, "test"] " sync=" value[r, "sync"]
		if (!(id in series)) {
			series[id] = ++n
			out = out "\n" id
		}
		s = series[id]
		x = value[r, "cpus"]
		if (!((s, x) in average)) {
			points[s] = points[s] " " x
			if (!(x in known_x)) {
				known_x[x]
				all_x = all_x " " x
			}
		}
		average[s, x] = average[s, x] " " value[r, "poke_avg_ns"]
		low[s, x] = low[s, x] " " value[r, "poke_min_ns"]
		high[s, x] = high[s, x] " " value[r, "poke_max_ns"]
	}
	if (!n) {
		none("no result with poke_avg_ns= in which something was poked")
		return
	}
	plot("poke", 860, 420)
	split(out, list, "\n")
	for (i = 1; i <= n; i++) {
		print "$s" i " << EOD" >gp
		j = split(points[i], order_x, " ")
		sort(order_x, j)
		for (x = 1; x <= j; x++) {
			spread(low[i, order_x[x]])
			r = least
			spread(high[i, order_x[x]])
			id = most
			spread(average[i, order_x[x]])
			# Side by side, or one bar hides the other.
			print order_x[x] * (1 + 0.04 * (i - 1 - (n - 1) / 2)), mid / 1000, r / 1000, \
				id / 1000 >gp
		}
		print "EOD" >gp
	}
	j = split(all_x, order_x, " ")
	sort(order_x, j)
	printf "set logscale x 2\nset logscale y\nset key tmargin left Left reverse\nset xlabel 'CPUs'\n" >gp
	printf "set ylabel 'one batch, us'\nset format y '%%.0s%%c'\nset xrange [%s:%s]\nset xtics (", \
		order_x[1] / 1.5, order_x[j] * 1.5 >gp
	for (i = 1; i <= j; i++)
		printf "%s%d", (i > 1 ? "," : ""), order_x[i] >gp
	printf ")\nplot " >gp
	for (i = 1; i <= n; i++)
		printf "%s$s%d using 1:2:3:4 with yerrorlines pt 7 lw 1.5 lc rgb '%s' title '%s'", \
			(i > 1 ? ", " : ""), i, colour(i), plain(list[i + 1]) >gp
	print "" >gp
	close(gp)
}

function cost(   r, i, k, l, n, x, y, lo, hi, op, id, wide) {
	heading("Cost", \
		"Cycles of each operation: a bar to the median, a line from the least to the 99th " \
		"percentile. An emulator's cycles say what its own code costs, no processor's.")
	for (r = 1; r <= results; r++) {
		if (value[r, "test"] != "cost" || result_empty[r] != "")
			continue
		op = value[r, "op"]
		l = whose(r)
		if (!(op in op_at)) {
			op_at[op] = ++n
			op_name[n] = op
		}
		cost_of[op, l] = cost_of[op, l] " " value[r, "median_cycles"]
		cost_min[op, l] = cost_min[op, l] " " value[r, "min_cycles"]
		cost_max[op, l] = cost_max[op, l] " " value[r, "p99_cycles"]
		if (!(l in cost_log)) {
			cost_log[l] = ++k
			log_of[k] = l
		}
	}
	if (!n) {
		none("no result of test=cost")
		return
	}
	plot("cost", 860, 90 + 20 * k + n * (10 + 14 * k))
	wide = 0.8 / k
	for (i = 1; i <= k; i++) {
		print "$c" i " << EOD" >gp
		for (r = 1; r <= n; r++) {
			id = op_name[r] SUBSEP log_of[i]
			if (!(id in cost_of))
				continue
			y = n - r - (i - (k + 1) / 2) * wide
			spread(cost_min[id]); x = least + 0 ? least : 1
			if (!lo || x < lo + 0) lo = x
			printf "%s ", x >gp
			spread(cost_max[id])
			if (most + 0 > hi) hi = most + 0
			printf "%s ", most >gp
			spread(cost_of[id])
			print mid + 0 ? mid : 1, y, y - wide * 0.45, y + wide * 0.45 >gp
		}
		print "EOD" >gp
	}
	lo = 10 ^ int(log(lo) / log(10))
	printf "set logscale x\nset xrange [%s:%s]\nset yrange [-0.7:%s]\n", \
		lo, (hi > lo ? hi * 1.5 : lo * 10), n - 0.3 >gp
	printf "set format x '%%.0s%%c'\nset xlabel 'cycles'\nset style fill solid 0.75\nset ytics (" >gp
	for (r = 1; r <= n; r++)
		printf "%s'%s' %d", (r > 1 ? "," : ""), plain(op_name[r]), n - r >gp
	printf ")\n%s\nset grid noytics\nplot ", (k > 1 ? "set key tmargin left Left reverse" : "unset key") >gp
	for (i = 1; i <= k; i++) {
		printf "%s$c%d using 3:4:(%s):3:5:6 with boxxyerror lc rgb '%s' title '%s', ", \
			(i > 1 ? ", " : ""), \
			i, lo, colour(i), plain(log_of[i]) >gp
		printf "'' using 3:4:1:2 with xerrorbars pt 0 lw 1.5 lc rgb '#222222' notitle" >gp
	}
	print "" >gp
	close(gp)
}

# A row a protocol; a column for what is expected, and one a log for the model's and the kernel's answer.
function matrix(   r, i, n, c, x, p, id, what, text, rgb) {
	heading("Protocols", \
		"What each protocol came to, against what is expected of it. What caught a broken one " \
		"stands in its cell; a red frame is an answer that is not the expected one.")
	for (r = 1; r <= results; r++) {
		if (value[r, "test"] != "mutants" && value[r, "test"] != "model")
			continue
		p = value[r, "protocol"]
		if (!(p in protocol_at)) {
			protocol_at[p] = ++n
			protocol[n] = p
		}
		if ((r, "expected") in value)
			expected_of[p] = value[r, "expected"]
		id = whose(r) value[r, "test"]
		if (!(id in column)) {
			column[id] = ++c
			column_name[c] = id
		}
		what = value[r, "test"] == "model" ? value[r, "outcome"] : \
			result_empty[r] == "" ? value[r, "observed"] : "SKIP"
		text = (what == "broken" && value[r, "caught_by"] != "") ? value[r, "caught_by"] : what
		x = column[id]
		if ((p, x) in cell && cell[p, x] != what)
			what = text = "mixed"
		cell[p, x] = what
		cell_text[p, x] = text
	}
	if (!n) {
		none("no result of test=mutants or test=model")
		return
	}
	plot("matrix", 330 + 125 * (c + 1), 70 + 24 * n)
	print "$m << EOD" >gp
	for (i = 1; i <= n; i++)
		for (x = 0; x <= c; x++) {
			p = protocol[i]
			what = x ? cell[p, x] : expected_of[p]
			if (what == "")
				continue
			rgb = what == "sound" ? 10276343 : what == "broken" ? 16694644 : 14540253
			r = x && what != "SKIP" && expected_of[p] ~ /^(sound|broken)$/ && what != expected_of[p]
			print x, n - i, rgb, (r ? 13369344 : rgb), plain(x ? cell_text[p, x] : what) >gp
		}
	printf "EOD\nset xrange [-0.6:%s]\nset yrange [-0.6:%s]\nunset key\nunset grid\nunset border\n", \
		c + 0.6, n - 0.4 >gp
	printf "set tics scale 0\nset x2tics ('expected' 0" >gp
	for (x = 1; x <= c; x++)
		printf ",'%s' %d", plain(column_name[x]), x >gp
	printf ")\nunset xtics\nset ytics (" >gp
	for (i = 1; i <= n; i++)
		printf "%s'%s' %d", (i > 1 ? "," : ""), plain(protocol[i]), n - i >gp
	print ")\nset style fill solid 1\nset x2range [-0.6:" c + 0.6 "]" >gp
	print "plot $m using 1:2:($1-0.48):($1+0.48):($2-0.46):($2+0.46):4 with boxxyerror lc rgb " \
		"variable, \\" >gp
	print "'' using 1:2:($1-0.46):($1+0.46):($2-0.38):($2+0.38):3 with boxxyerror lc rgb variable, \\" >gp
	print "'' using 1:2:5 with labels font ',11'" >gp
	close(gp)
}

function litmus(   r, v, i, n, k, l, name, x, y, hi, lo, xm, list) {
	heading("Litmus: expectation against bound", \
		"To the right: how often the weakest of a row's own controls says that it had to " \
		"fire, in the rounds that it ran; 20 or more are needed for a verdict of sound. Up: " \
		"the bound of its rate at 95 %, or for a broken row the rate seen. Controls are left " \
		"out; a row that could not be tested shows why: it stands at the left.")
	split("sound broken untestable", name, " ")
	for (r = 1; r <= results; r++) {
		if (value[r, "test"] != "litmus")
			continue
		for (v = 3; v && name[v] != value[r, "verdict"]; v--)
			;
		if (!v)
			continue
		l = result_log[r]
		x = value[r, "expected"] + 0 < 0.5 ? 0.5 : value[r, "expected"] + 0
		y = v == 2 && value[r, "rounds"] ? value[r, "positive"] * 1e6 / value[r, "rounds"] : \
			value[r, "bound_ppm"]
		if (y + 0 <= 0)
			continue
		if (!((v, l) in dots))
			list[++n] = v SUBSEP l
		dots[v, l] = dots[v, l] x " " y "\n"
		many[v, l]++
		if (x + 0 > xm) xm = x + 0
	}
	if (!n) {
		none("no row of test=litmus that is more than a control")
		return
	}
	plot("litmus", 860, 440)
	for (i = 1; i <= n; i++)
		printf "$l%d << EOD\n%sEOD\n", i, dots[list[i]] >gp
	xm = xm < 100 ? 100 : xm * 2
	print "set logscale xy\nset xrange [0.4:" xm "]\nset key tmargin left Left reverse\nset format " \
		"'%.0s%c'" >gp
	print "set xlabel 'positives expected'\nset ylabel 'bound or rate, ppm'\nset xtics add ('0' 0.5)" >gp
	print "set arrow 1 from 20,graph 0 to 20,graph 1 nohead dt 2 lc rgb '#444444'" >gp
	print "set label 1 '20' at 20,graph 0.96 left offset 0.5,0" >gp
	printf "plot " >gp
	for (i = 1; i <= n; i++) {
		split(list[i], k_of, SUBSEP)
		v = k_of[1]
		printf "%s$l%d using 1:2 with points pt %d ps 0.8 lc rgb '%s' title '%s%s, %d rows'", \
			(i > 1 ? ", " : ""), i, (v == 1 ? 7 : v == 2 ? 2 : 6) + 0, \
			(logs > 1 ? colour(k_of[2]) : colour(v)), (logs > 1 ? letter(k_of[2]) " " : ""), \
			name[v], \
			many[list[i]] >gp
	}
	print "" >gp
	close(gp)
}

# Every result, a table a test.
function all_results(   r, i, j, n, k, test, list, key, order) {
	print "<h2>Every result</h2>"
	for (r = 1; r <= results; r++) {
		test = value[r, "test"]
		if (!(test in columns))
			list[++n] = test
		for (i = 1; i <= split(keys[r], key, " "); i++)
			if (!((test, key[i]) in has_column)) {
				has_column[test, key[i]]
				columns[test] = columns[test] " " key[i]
			}
		rows_of[test]++
	}
	if (!n)
		none("nothing was measured")
	for (i = 1; i <= n; i++) {
		printf "<details><summary>%s: %d</summary><div class=\"wide\"><table><tr><th></th><th></th>",
			list[i], rows_of[list[i]]
		k = split(columns[list[i]], order, " ")
		for (j = 1; j <= k; j++)
			printf "<th>%s</th>", order[j]
		print "</tr>"
		for (r = 1; r <= results; r++) {
			if (value[r, "test"] != list[i])
				continue
			printf "<tr%s><td>%s</td><td>%s</td>", (result_empty[r] == "" ? "" : " class=\"skip\""),
				letter(result_log[r]), (result_empty[r] == "" ? "" : "SKIP: " result_empty[r])
			for (j = 1; j <= k; j++)
				printf "<td>%s</td>", xml(value[r, order[j]])
			print "</tr>"
		}
		print "</table></div></details>"
	}
}

END {
	print "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
	print "<meta name=\"viewport\" content=\"width=device-width\"><title>latesync: report</title><style>"
	print "body { font: 15px/1.45 sans-serif; color: #222; background: #fff; margin: 2em auto; " \
		"max-width: 68em; padding: 0 1em }"
	print "table { border-collapse: collapse; font-size: 13px; margin: .4em 0 }"
	print "td, th { border: 1px solid #ddd; padding: .2em .5em; text-align: left; vertical-align: top }"
	print "th { background: #f3f3f3 } th.row { background: #fff; font-weight: 600; padding-top: .6em }"
	print ".n { text-align: right; white-space: nowrap } .wide { overflow-x: auto }"
	print ".PASS { background: #d8f0e4 } .FAIL, .ERROR, .CRASH, .HANG { background: #f9d3c7 }"
	print ".SKIP, .skip { color: #777 } .apart td { background: #fff3c9 }"
	print "pre { white-space: pre-wrap; margin: .2em 0 } summary { cursor: pointer; margin: .3em 0 }"
	print "code, .log { overflow-wrap: anywhere } .log { min-width: 9em }"
	print "svg { max-width: 100%; height: auto } h2 { margin-top: 1.6em }"
	print "</style></head><body>\n<h1>latesync: report</h1>"
	find_varying()
	runs_table()
	trouble()
	if (logs == 2)
		compare()
	noise()
	pokes()
	cost()
	matrix()
	litmus()
	all_results()
	print "</body></html>"
}
