/* SPDX-License-Identifier: BSD-2-Clause */
/* The line that says which CPUs share a core or a package. */
#ifndef KERNEL_TOPOLOGY_LINE_H
#define KERNEL_TOPOLOGY_LINE_H

/*
 * Prints `# topology`, and a warning for isolated CPUs that share their core with another CPU of this
 * run. CPU 0, once all are online and the isolated ones known.
 */
void topology_line_print(void);

#endif
