/* SPDX-License-Identifier: Apache-2.0 */
/* cli/stop.c - remembers the first signal that asks to stop. */
#include "cli/stop.h"

#include <signal.h>
#include <stddef.h>

static volatile sig_atomic_t caught;

static void on_signal(int number)
{
    if (caught) {
        signal(number, SIG_DFL);
        raise(number);
    }
    caught = number;
}

void cli_stop_watch(void)
{
    const int numbers[] = { SIGINT, SIGTERM, SIGHUP, SIGUSR1 };
    struct sigaction action = { .sa_handler = on_signal };
    for (int i = 0; i < 4; i++) {
        struct sigaction before;
        if (sigaction(numbers[i], NULL, &before) == 0 && numbers[i] == SIGHUP && before.sa_handler == SIG_IGN)
            continue; /* nohup asked for it */
        sigaction(numbers[i], &action, NULL);
    }
}

int cli_stop_asked(void) { return (int)caught; }
