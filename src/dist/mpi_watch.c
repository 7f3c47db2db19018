/* SPDX-License-Identifier: Apache-2.0 */
/* dist/mpi_watch.c - the watchdog: a rank that has waited for too long asks all others whether they are
 * there, and ends the job with the names of those that are not.
 *
 * Asking costs nothing while all is well. The thread of a rank answers whatever the rank calculates; a
 * process that was stopped, or whose machine is cut off, does not. A rank that answers, and does not wait
 * itself, is the one that the others wait for. Where every rank waits, one may have come at that moment: they
 * are asked twice more. If they still do, they wait for each other, which is a fault of akin.
 *
 * One line. All ranks lose their patience at about the same time. Each asks a quarter of a second after the
 * one before it, and a rank that is asked leaves the next few seconds to who asks. */
#include "dist/mpi.h"

#include <stdio.h>
#include <string.h>

static const double ANSWER_S = 1, TURN_S = 0.25, HOLD_S = 2.5, AGAIN_S = 0.5;
enum { TURNS = 6 }; /* of ranks that ask early */

static double patience(const ak_mpi_state *s)
{
    return s->watch.limit_s + TURN_S * (s->rank < TURNS ? s->rank : TURNS);
}

static void say(ak_mpi_state *s, int to, int32_t asks, int32_t waiting)
{
    ak_watch *w = &s->watch;
    bool ended = w->slot[to] < 0;
    if (!ended) ak_mpi_check(s, s->mpi->poll(w->slot[to], &ended), "a message of the watchdog");
    if (!ended) return; /* the one before has not gone; the rank asks again, or is lost */
    w->slot[to] = -1;
    w->out[to].asks = asks;
    w->out[to].waiting = waiting;
    ak_mpi_check(s, s->mpi->send(&w->out[to], (int)sizeof w->out[to], to, AK_MPI_WATCH, &w->slot[to]),
                 "a message of the watchdog");
}

/* The ranks that were found so, " 1, 2 and 7 more", with their hosts; how many. */
static int names(const ak_mpi_state *s, ak_peer peer, char *text, size_t size)
{
    int found = 0;
    size_t at = 0;
    text[0] = 0;
    for (int r = 0; r < s->size; r++) {
        if (r == s->rank || s->watch.peer[r] != peer) continue;
        if (found++ < 4 && at < size)
            at += (size_t)snprintf(text + at, size - at, "%srank %d (on %s)", found > 1 ? ", " : "", r,
                                   s->host[r]);
    }
    if (found > 4 && at < size) snprintf(text + at, size - at, " and %d more", found - 4);
    return found;
}

/* The answers are there, or will not come: says who is missing, and ends the job. */
static void judge(ak_mpi_state *s, double since_s)
{
    char who[512], why[700];
    const int waited = (int)(ak_now_s() - since_s);
    if (names(s, AK_PEER_SILENT, who, sizeof who))
        snprintf(why, sizeof why, "no sign of %s for %d s; the job ends", who, waited);
    else if (names(s, AK_PEER_BUSY, who, sizeof who))
        snprintf(why, sizeof why,
                 "waited %d s for %s, which did not come; the job ends (AKIN_DIST_WATCHDOG sets the seconds)",
                 waited, who);
    else if (s->watch.rounds++ < 2) {
        s->watch.asked_s = 0;
        s->watch.hold_s = ak_now_s() + AGAIN_S;
        return;
    } else
        snprintf(why, sizeof why, "all %d ranks wait for each other since %d s; the job ends", s->size,
                 waited);
    ak_mpi_end_job(s, akin_status_exit_code(AKIN_ERR_DISTRIBUTED), why);
}

static void listen(ak_mpi_state *s, double oldest_s)
{
    ak_watch *w = &s->watch;
    for (;;) {
        ak_watch_word word;
        bool heard = false;
        int from = 0;
        ak_mpi_check(s, s->mpi->hear(&word, (int)sizeof word, AK_MPI_WATCH, &heard, &from), "the watchdog");
        if (!heard) return;
        if (word.asks) {
            w->hold_s = ak_now_s() + HOLD_S;
            say(s, from, 0, oldest_s > 0);
        } else if (w->asked_s > 0) {
            if (w->peer[from] == AK_PEER_SILENT) w->answers++;
            w->peer[from] = word.waiting ? AK_PEER_WAITS : AK_PEER_BUSY;
        }
    }
}

void ak_watch_look(ak_mpi_state *s, double oldest_s)
{
    ak_watch *w = &s->watch;
    listen(s, oldest_s);
    if (w->limit_s == 0) return;
    const double now = ak_now_s();
    if (oldest_s == 0 || now - oldest_s < patience(s)) {
        w->asked_s = 0; /* who was waited for has come */
        w->rounds = 0;
    } else if (w->asked_s == 0 && now >= w->hold_s) {
        w->asked_s = now;
        w->answers = 0;
        memset(w->peer, AK_PEER_SILENT, (size_t)s->size);
        for (int r = 0; r < s->size; r++)
            if (r != s->rank) say(s, r, 1, 1);
    } else if (w->asked_s > 0 && (now - w->asked_s > ANSWER_S || w->answers == s->size - 1)) {
        judge(s, oldest_s);
    }
}
