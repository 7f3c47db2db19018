/* SPDX-License-Identifier: Apache-2.0 */
/* train/run_log.c - the files of a run folder that grow line by line. */
#include "train/run_log.h"

#include "akin/tool/json.h"

#include "base/base.h"
#include "base/plain.h"
#include "model/run_folder.h"
#include "train/tfevents.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

typedef struct growing {
    int fd;
    int64_t bytes;
    char path[4096];
} growing;

struct ak_run_log {
    growing metrics, events, log;
    char events_name[64];
};

static akin_status grow_open(growing *g, const char *run, const char *name, int64_t keep, akin_error *err)
{
    g->fd = -1;
    if (!ak_run_path(g->path, sizeof g->path, run, name))
        return ak_fail(err, AKIN_ERR_IO, "the path of the run folder is too long: '%.200s...'", run);
    g->fd = ak_open(g->path, O_WRONLY | O_CREAT | O_APPEND, 0666);
    if (g->fd < 0)
        return ak_fail(err, ak_status_of(errno, AKIN_ERR_IO), "cannot open '%s': %s", g->path,
                       ak_strerror(errno));
    if (lseek(g->fd, 0, SEEK_END) < keep)
        return ak_fail(err, AKIN_ERR_INPUT, "'%s' is shorter than its checkpoint says (%lld bytes)", g->path,
                       (long long)keep);
    if (ak_truncate(g->fd, keep) != 0)
        return ak_fail(err, AKIN_ERR_IO, "cannot cut '%s' to %lld bytes: %s", g->path, (long long)keep,
                       ak_strerror(errno));
    g->bytes = keep;
    return AKIN_OK;
}

static akin_status grow(growing *g, const void *data, size_t bytes, akin_error *err)
{
    const int reason = ak_write_all(g->fd, data, bytes);
    if (reason) {
        if (ak_truncate(g->fd, g->bytes) != 0) errno = 0; /* nothing more can be done for a half line */
        return ak_fail(err, AKIN_ERR_IO, "cannot write '%s': %s", g->path, ak_strerror(reason));
    }
    g->bytes += (int64_t)bytes;
    return AKIN_OK;
}

static double wall_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

akin_status ak_run_log_open(const char *run, const ak_log_lengths *from, ak_run_log **out, akin_error *err)
{
    ak_run_log *r = calloc(1, sizeof *r);
    if (!r) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for the log of the run");
    r->metrics.fd = r->events.fd = r->log.fd = -1;
    if (from)
        snprintf(r->events_name, sizeof r->events_name, "%s", from->events_name);
    else
        snprintf(r->events_name, sizeof r->events_name, "events.out.tfevents.%010lld.akin",
                 (long long)wall_s());
    akin_status status = grow_open(&r->metrics, run, "metrics.jsonl", from ? from->metrics : 0, err);
    if (!status) status = grow_open(&r->events, run, r->events_name, from ? from->events : 0, err);
    if (!status) status = grow_open(&r->log, run, "log.txt", from ? from->log : 0, err);
    if (!status && !from) {
        unsigned char buffer[AK_EVENT_BYTES(0)];
        status = grow(&r->events, buffer, ak_event_version(buffer, wall_s()), err);
    }
    if (status) {
        ak_run_log_close(r);
        return status;
    }
    *out = r;
    return AKIN_OK;
}

void ak_run_log_close(ak_run_log *r)
{
    if (!r) return;
    if (r->metrics.fd >= 0) close(r->metrics.fd);
    if (r->events.fd >= 0) close(r->events.fd);
    if (r->log.fd >= 0) close(r->log.fd);
    free(r);
}

static akin_json *number(double x) { return isfinite(x) ? akin_json_real(x) : akin_json_null(); }

/* For TensorBoard. */
static akin_status log_event(ak_run_log *r, const akin_train_progress *p, akin_error *err)
{
    const ak_scalar all[] = {
        { "loss", (float)p->loss },
        { "loss/chance", (float)p->chance },
        { "loss/permuted", (float)p->permuted },
        { "loss/learned", (float)p->learned },
        { "loss/alpha", (float)p->alpha },
        { "loss/lambda", (float)p->lambda },
        { "loss/temperature", (float)p->temperature },
        { "loss/scale", (float)p->scale },
        { "loss/bias", (float)p->bias },
        { "window/share", (float)p->window_share },
        { "window/other_class", (float)p->window_other_class },
        { "window/other_class_chance", (float)p->window_other_class_chance },
        { "lr", (float)p->lr },
        { "grad_norm", (float)p->grad_norm },
        { "collapse/embedding_std", (float)p->embedding_std },
        { "collapse/participation_ratio", (float)p->participation_ratio },
        { "speed/samples_per_s", (float)p->samples_per_s },
        { "speed/data_wait_frac", (float)p->data_wait_frac },
    };
    enum { COUNT = sizeof all / sizeof *all };
    unsigned char buffer[AK_EVENT_BYTES(COUNT)];
    ak_scalar scalars[COUNT];
    int count = 0;
    for (int i = 0; i < COUNT; i++) /* what is unknown is left out, as JSON says null */
        if (isfinite(all[i].value)) scalars[count++] = all[i];
    return grow(&r->events, buffer, ak_event_scalars(buffer, wall_s(), p->step, scalars, count), err);
}

akin_status ak_run_log_step(ak_run_log *r, const akin_train_progress *p, akin_error *err)
{
    akin_json *line = akin_json_pack(
        "{s:I,s:I,s:I,s:I,s:o,s:o,s:o,s:o,s:s,s:o,s:o,s:o,s:o,s:o,s:o}", "step", (int64_t)p->step, "steps",
        (int64_t)p->steps, "epoch", (int64_t)p->epoch, "epochs", (int64_t)p->epochs, "loss", number(p->loss),
        "chance", number(p->chance), "floor", number(p->floor), "learned", number(p->learned), "verdict",
        p->verdict, "lr", number(p->lr), "grad_norm", number(p->grad_norm), "samples_per_s",
        number(p->samples_per_s), "data_wait_frac", number(p->data_wait_frac), "elapsed_s",
        number(p->elapsed_s), "time_left_s", number(p->left_s));
    if (isfinite(p->embedding_std)) {
        akin_json_put(line, "embedding_std", akin_json_real(p->embedding_std));
        akin_json_put(line, "participation_ratio", akin_json_real(p->participation_ratio));
    }
    const struct {
        const char *name;
        double value;
    } some[] = { /* what not every run has */
                 { "collisions", p->collisions },
                 { "window_share", p->window_share },
                 { "window_other_class", p->window_other_class },
                 { "window_other_class_chance", p->window_other_class_chance },
                 { "permuted", p->permuted },
                 { "alpha", p->alpha },
                 { "lambda", p->lambda },
                 { "temperature", p->temperature },
                 { "scale", p->scale },
                 { "bias", p->bias }
    };
    for (size_t i = 0; i < sizeof some / sizeof *some; i++)
        if (isfinite(some[i].value)) akin_json_put(line, some[i].name, akin_json_real(some[i].value));
    char *text = NULL;
    akin_status status = akin_json_print(line, AKIN_JSON_COMPACT, 9, &text, err);
    akin_json_free(line);
    if (status) return status;
    const size_t length = strlen(text);
    text[length] = '\n'; /* in place of the final 0: one write, one line */
    status = grow(&r->metrics, text, length + 1, err);
    free(text);
    return status ? status : log_event(r, p, err);
}

akin_status ak_run_log_line(ak_run_log *r, const char *line, akin_error *err)
{
    char text[2048], stamp[32];
    const time_t now = (time_t)wall_s();
    struct tm utc;
    gmtime_r(&now, &utc);
    strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%SZ", &utc);
    const int length = snprintf(text, sizeof text, "%s  %s\n", stamp, line);
    return grow(&r->log, text, (size_t)length < sizeof text ? (size_t)length : sizeof text - 1, err);
}

akin_status ak_run_log_sync(ak_run_log *r, akin_error *err)
{
    const growing *const all[] = { &r->metrics, &r->events, &r->log };
    for (int i = 0; i < 3; i++)
        if (ak_fsync(all[i]->fd) != 0 && errno != EINVAL) /* EINVAL: not a file that can be flushed */
            return ak_fail(err, ak_status_of(errno, AKIN_ERR_IO), "cannot flush '%s': %s", all[i]->path,
                           ak_strerror(errno));
    return AKIN_OK;
}

void ak_run_log_lengths(const ak_run_log *r, ak_log_lengths *lengths)
{
    lengths->metrics = r->metrics.bytes;
    lengths->events = r->events.bytes;
    lengths->log = r->log.bytes;
    snprintf(lengths->events_name, sizeof lengths->events_name, "%s", r->events_name);
}
