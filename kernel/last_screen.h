/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The screen once the run is over: its last lines and the verdict, in turn with the report as QR codes; and
 * the report in pages, for whoever has a PS/2 keyboard.
 */
#ifndef KERNEL_LAST_SCREEN_H
#define KERNEL_LAST_SCREEN_H

/* Whether there will be codes: settles qr=, and says why not where they were to be expected. Start-up. */
void last_screen_settle(void);

/*
 * As end= and qr= say, with exit status @status. For end=halt it does not return where it has something to
 * show; else each code is shown once. The end of the run, any context, IRQs off, one CPU.
 */
void last_screen(int status);

/*
 * The run ended in good order: last_screen() sleeps between ticks, where it spins otherwise. CPU 0, IRQs off,
 * its tick running.
 */
void last_screen_sleeps(void);

#endif
