/* SPDX-License-Identifier: Apache-2.0 */
/* cli/stop.h - SIGINT, SIGTERM, SIGHUP and SIGUSR1 ask a verb to stop in good order; a second one ends the
 * program at once. SIGHUP is left alone where nohup ignores it. */
#ifndef AK_CLI_STOP_H
#define AK_CLI_STOP_H

void cli_stop_watch(void);
/* The number of the signal, or 0. */
int cli_stop_asked(void);

#endif
