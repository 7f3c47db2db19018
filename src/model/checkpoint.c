/* SPDX-License-Identifier: Apache-2.0 */
/* model/checkpoint.c - save and load the state of a run.
 *
 * Tensors are stored in their plain layout, so that a checkpoint moves between instruction sets. An array beside a
 * tensor has the tensor's layout; to be converted it takes the tensor's place for a moment. */
#include "model/checkpoint.h"

#include "akin/model.h"

#include "base/base.h"
#include "files/safetensors.h"
#include "model/run_folder.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <xxhash.h>

enum { MAX_KEPT = 4096, KEEP = 2 };
static const char FORMAT[] = "akin-checkpoint-1", BEST[] = "checkpoints/best.safetensors";

/* The steps of the run's checkpoints, newest first; at most MAX_KEPT. */
static int list_steps(const char *run, int64_t *steps)
{
    char folder[4096];
    int n = 0;
    if (!ak_run_path(folder, sizeof folder, run, "checkpoints")) return 0;
    DIR *dir = opendir(folder);
    if (!dir) return 0;
    struct dirent *entry;
    while ((entry = readdir(dir)) != NULL && n < MAX_KEPT) {
        long long step;
        char rest[32] = "";
        if (sscanf(entry->d_name, "step-%lld%31s", &step, rest) != 2 || strcmp(rest, ".safetensors") != 0)
            continue;
        int at = n++;
        for (; at > 0 && steps[at - 1] < step; at--) steps[at] = steps[at - 1];
        steps[at] = step;
    }
    closedir(dir);
    return n;
}

static bool path_of(char *path, size_t size, const char *run, int64_t step)
{
    char name[64];
    snprintf(name, sizeof name, "checkpoints/step-%010" PRId64 ".safetensors", step);
    return ak_run_path(path, size, run, name);
}

int ak_checkpoint_count(const char *run)
{
    int64_t *steps = malloc(MAX_KEPT * sizeof *steps);
    const int n = steps ? list_steps(run, steps) : -1;
    free(steps);
    return n;
}

int akin_run_checkpoints(const char *run, int64_t *steps, int room)
{
    int64_t *all = malloc(MAX_KEPT * sizeof *all);
    const int n = all ? list_steps(run, all) : -1;
    for (int i = 0; i < n && i < room; i++) steps[i] = all[n - 1 - i];
    free(all);
    return n;
}

/* What a process that was killed within a save has left. Only one process writes a run, so none of it is in use. */
static void sweep(const char *run)
{
    char folder[4096];
    if (!ak_run_path(folder, sizeof folder, run, "checkpoints")) return;
    DIR *dir = opendir(folder);
    if (!dir) return;
    struct dirent *entry;
    while ((entry = readdir(dir)) != NULL) {
        char path[4096];
        if (strstr(entry->d_name, ".safetensors.tmp-") &&
            (strncmp(entry->d_name, "step-", 5) == 0 || strncmp(entry->d_name, "best.", 5) == 0) &&
            ak_run_path(path, sizeof path, folder, entry->d_name))
            unlink(path);
    }
    closedir(dir);
}

void ak_checkpoint_trim(const char *run, int64_t stays)
{
    sweep(run);
    int64_t *steps = malloc(MAX_KEPT * sizeof *steps);
    if (!steps) return;
    const int n = list_steps(run, steps);
    for (int i = KEEP; i < n; i++) {
        char path[4096];
        if (stays > 0 && steps[i] % stays == 0) continue;
        if (path_of(path, sizeof path, run, steps[i])) unlink(path);
    }
    free(steps);
}

/* Layouts ---------------------------------------------------------------------------------------------------- */

static akin_status to_plain(const ak_tensor_list *l, int64_t i, float *plain, akin_error *err)
{
    if (l->to_plain) return l->to_plain(l->ctx, i, plain, err);
    memcpy(plain, l->tensors[i].data, (size_t)l->tensors[i].plain * sizeof *plain);
    return AKIN_OK;
}

static akin_status from_plain(const ak_tensor_list *l, int64_t i, const float *plain, akin_error *err)
{
    if (l->from_plain) return l->from_plain(l->ctx, i, plain, err);
    memcpy(l->tensors[i].data, plain, (size_t)l->tensors[i].plain * sizeof *plain);
    return AKIN_OK;
}

static void swap(float *a, float *b, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        const float kept = a[i];
        a[i] = b[i];
        b[i] = kept;
    }
}

/* The best --------------------------------------------------------------------------------------------------- */

static akin_status copy_file(const char *from, const char *to, akin_error *err)
{
    char *data = NULL;
    size_t bytes = 0;
    AK_TRY(akin_file_load(from, SIZE_MAX - 1, &data, &bytes, err));
    const akin_status status = akin_file_save(to, data, bytes, err);
    free(data);
    return status;
}

akin_status ak_checkpoint_mark_best(const char *run, int64_t step, akin_error *err)
{
    char path[4096], best[4096], temporary[4096 + 32];
    if (!path_of(path, sizeof path, run, step) || !ak_run_path(best, sizeof best, run, BEST))
        return ak_fail(err, AKIN_ERR_IO, "the path of the run folder is too long: '%.200s...'", run);
    snprintf(temporary, sizeof temporary, "%s.tmp-%ld", best, (long)getpid());
    unlink(temporary);
    if (link(path, temporary) != 0) {
        if (errno == ENOSPC || errno == EDQUOT || errno == EIO)
            return ak_fail(err, AKIN_ERR_IO, "cannot link '%s' to '%s': %s", best, path, strerror(errno));
        return copy_file(path, best, err); /* a file system without hard links */
    }
    const int reason = rename(temporary, best) != 0 ? errno : 0;
    unlink(temporary); /* of two names of one file, rename leaves both */
    if (reason) return ak_fail(err, AKIN_ERR_IO, "cannot rename to '%s': %s", best, strerror(reason));
    return ak_folder_sync(best, err);
}

/* Saving ----------------------------------------------------------------------------------------------------- */

typedef struct bundle {
    ak_tensor_out *tensors;
    float **memory;
    char (*names)[160];
    int count, room;
} bundle;

static void bundle_free(bundle *b)
{
    for (int i = 0; i < b->count; i++) free(b->memory[i]);
    free(b->tensors);
    free(b->memory);
    free(b->names);
}

static akin_status bundle_create(bundle *b, int room, akin_error *err)
{
    *b = (bundle){ .room = room };
    b->tensors = calloc((size_t)room, sizeof *b->tensors);
    b->memory = calloc((size_t)room, sizeof *b->memory);
    b->names = calloc((size_t)room, sizeof *b->names);
    if (b->tensors && b->memory && b->names) return AKIN_OK;
    bundle_free(b);
    return ak_fail(err, AKIN_ERR_NOMEM, "no memory for a checkpoint");
}

/* A new tensor of the bundle; NULL when out of memory. */
static float *add(bundle *b, const char *prefix, const char *name, int ndim, const int64_t *shape,
                  int64_t count)
{
    float *data = ak_alloc(sizeof(float), count, 1);
    if (!data) return NULL;
    snprintf(b->names[b->count], sizeof b->names[0], "%s%s", prefix, name);
    b->tensors[b->count] = (ak_tensor_out){ b->names[b->count], ndim, shape, data };
    b->memory[b->count++] = data;
    return data;
}

/* Tensor i of the list, or the array that stands for it in `beside`. */
static akin_status gather_one(bundle *b, const ak_tensor_list *l, int64_t i, const char *prefix,
                              float *beside, akin_error *err)
{
    const akin_tensor *t = &l->tensors[i];
    float *plain = add(b, prefix, t->name, t->ndim, t->shape, t->plain);
    if (!plain) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for a checkpoint");
    if (beside) swap(t->data, beside, t->count);
    const akin_status status = to_plain(l, i, plain, err);
    if (beside) swap(t->data, beside, t->count);
    return status;
}

static akin_status gather(bundle *b, const ak_tensor_list *l, const ak_array_set *sets, int set_count,
                          akin_error *err)
{
    for (int64_t i = 0; i < l->count; i++) AK_TRY(gather_one(b, l, i, "", NULL, err));
    for (int k = 0; k < set_count; k++)
        for (int64_t i = 0; i < l->count; i++)
            if (sets[k].data[i]) AK_TRY(gather_one(b, l, i, sets[k].prefix, sets[k].data[i], err));
    for (int64_t i = 0; i < l->more_count; i++) {
        const akin_tensor *t = &l->more[i];
        float *plain = add(b, "", t->name, t->ndim, t->shape, t->plain);
        if (!plain) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for a checkpoint");
        memcpy(plain, t->data, (size_t)t->plain * sizeof *plain);
    }
    return AKIN_OK;
}

/* The step has looked at all of it already; a file that outlives the run is looked at again. */
static akin_status check_finite(const bundle *b, const char *path, akin_error *err)
{
    for (int i = 0; i < b->count; i++) {
        const ak_tensor_out *t = &b->tensors[i];
        int64_t n = 1;
        for (int d = 0; d < t->ndim; d++) n *= t->shape[d];
        if (!ak_all_finite(t->data, n))
            return ak_fail(err, AKIN_ERR_NUMERIC,
                           "'%s' is not written: %s holds a value that is not finite; the checkpoint before "
                           "is good",
                           path, t->name);
    }
    return AKIN_OK;
}

akin_status ak_checkpoint_save(const char *run, const ak_tensor_list *list, const ak_array_set *sets,
                               int set_count, const ak_train_state *state, akin_error *err)
{
    char path[4096], folder[4096];
    if (!path_of(path, sizeof path, run, state->step) ||
        !ak_run_path(folder, sizeof folder, run, "checkpoints"))
        return ak_fail(err, AKIN_ERR_IO, "the path of the run folder is too long: '%.200s...'", run);
    if (access(folder, F_OK) != 0) {
        AK_TRY(akin_folder_make(folder, err));
        AK_TRY(ak_folder_sync(folder, err)); /* its own name */
    }
    bundle b;
    AK_TRY(bundle_create(&b, (int)(list->count * (1 + set_count) + list->more_count) + 2, err));
    akin_status status = gather(&b, list, sets, set_count, err);
    const int64_t channels[1] = { AK_MAX_CHANNELS };
    float *mean = status ? NULL : add(&b, "", "data.mean", 1, channels, AK_MAX_CHANNELS);
    float *std = status ? NULL : add(&b, "", "data.std", 1, channels, AK_MAX_CHANNELS);
    if (!status && (!mean || !std)) status = ak_fail(err, AKIN_ERR_NOMEM, "no memory for a checkpoint");
    if (!status) status = check_finite(&b, path, err);
    if (!status) {
        memcpy(mean, state->mean, sizeof state->mean);
        memcpy(std, state->std, sizeof state->std);
        /* %a keeps every bit of a double. */
        char text[11][64];
        snprintf(text[0], 64, "%" PRId64, state->step);
        snprintf(text[1], 64, "%a", state->interval_loss);
        snprintf(text[2], 64, "%" PRId64, state->interval_steps);
        snprintf(text[3], 64, "%.3f", state->elapsed_s);
        snprintf(text[4], 64, "%" PRId64, state->mark.metrics);
        snprintf(text[5], 64, "%" PRId64, state->mark.events);
        snprintf(text[6], 64, "%" PRId64, state->mark.log);
        snprintf(text[7], 64, "%a", state->smoothed_loss);
        snprintf(text[8], 64, "%a", state->best_loss);
        snprintf(text[9], 64, "%" PRId64, state->best_step);
        snprintf(text[10], 64, "%a", state->interval_collisions);
        const ak_text_pair pairs[] = {
            { "format", FORMAT },
            { "akin", akin_version() },
            { "step", text[0] },
            { "interval_loss", text[1] },
            { "interval_steps", text[2] },
            { "elapsed_s", text[3] },
            { "metrics_bytes", text[4] },
            { "events_bytes", text[5] },
            { "log_bytes", text[6] },
            { "smoothed_loss", text[7] },
            { "best_loss", text[8] },
            { "best_step", text[9] },
            { "interval_collisions", text[10] },
            { "data", state->fingerprint },
            { "events", state->mark.events_name },
        };
        status = ak_safetensors_save(path, b.tensors, b.count, pairs, sizeof pairs / sizeof *pairs, err);
    }
    bundle_free(&b);
    return status;
}

/* Loading ---------------------------------------------------------------------------------------------------- */

/* The numbers of a tensor of the file; NULL, and a sentence, when it has none of that name and size. */
static const float *tensor_of(const ak_safetensors *file, const char *name, int64_t count, const char *path,
                              akin_error *err)
{
    const float *plain = ak_safetensors_find(file, name, count);
    if (!plain)
        ak_fail(err, AKIN_ERR_FORMAT, "'%s' has no tensor '%s' of %lld numbers: it is of another encoder",
                path, name, (long long)count);
    return plain;
}

static akin_status import_from(const ak_tensor_list *l, int64_t i, const ak_safetensors *file,
                               const char *prefix, const char *path, akin_error *err)
{
    const akin_tensor *t = &l->tensors[i];
    char name[160];
    snprintf(name, sizeof name, "%s%s", prefix, t->name);
    const float *plain = tensor_of(file, name, t->plain, path, err);
    return plain ? from_plain(l, i, plain, err) : AKIN_ERR_FORMAT;
}

/* Tensors come last: until then their memory carries the arrays beside them. */
static akin_status scatter(const ak_tensor_list *l, const char *weights, const ak_array_set *sets,
                           int set_count, const ak_safetensors *file, const char *path, akin_error *err)
{
    for (int k = 0; k < set_count; k++)
        for (int64_t i = 0; i < l->count; i++) {
            if (!sets[k].data[i]) continue;
            AK_TRY(import_from(l, i, file, sets[k].prefix, path, err));
            memcpy(sets[k].data[i], l->tensors[i].data, (size_t)l->tensors[i].count * sizeof(float));
        }
    for (int64_t i = 0; i < l->count; i++) AK_TRY(import_from(l, i, file, weights, path, err));
    for (int64_t i = 0; i < l->more_count; i++) {
        const akin_tensor *t = &l->more[i];
        const float *plain = tensor_of(file, t->name, t->plain, path, err);
        if (!plain) return AKIN_ERR_FORMAT;
        memcpy(t->data, plain, (size_t)t->plain * sizeof *plain);
    }
    return AKIN_OK;
}

static int64_t whole(const ak_safetensors *file, const char *key)
{
    const char *text = ak_safetensors_text(file, key);
    return text ? strtoll(text, NULL, 10) : 0;
}

static double real(const ak_safetensors *file, const char *key, double absent)
{
    const char *text = ak_safetensors_text(file, key);
    return text ? strtod(text, NULL) : absent;
}

static void read_state(const ak_safetensors *file, ak_train_state *state)
{
    *state = (ak_train_state){ .step = whole(file, "step"), .interval_steps = whole(file, "interval_steps") };
    state->interval_loss = real(file, "interval_loss", 0);
    state->interval_collisions = real(file, "interval_collisions", 0);
    state->elapsed_s = real(file, "elapsed_s", 0);
    state->smoothed_loss = real(file, "smoothed_loss", NAN);
    state->best_loss = real(file, "best_loss", 0);
    state->best_step = whole(file, "best_step");
    state->mark.metrics = whole(file, "metrics_bytes");
    state->mark.events = whole(file, "events_bytes");
    state->mark.log = whole(file, "log_bytes");
    const char *events = ak_safetensors_text(file, "events"), *data = ak_safetensors_text(file, "data");
    snprintf(state->mark.events_name, sizeof state->mark.events_name, "%s", events ? events : "");
    snprintf(state->fingerprint, sizeof state->fingerprint, "%s", data ? data : "");
    const float *mean = ak_safetensors_find(file, "data.mean", AK_MAX_CHANNELS);
    const float *std = ak_safetensors_find(file, "data.std", AK_MAX_CHANNELS);
    for (int c = 0; c < AK_MAX_CHANNELS; c++) {
        state->mean[c] = mean ? mean[c] : 0;
        state->std[c] = std ? std[c] : 1;
    }
}

/* Where what a file holds is to go, as in ak_checkpoint_load(). */
typedef struct destination {
    const ak_tensor_list *list;
    const char *weights;
    const ak_array_set *sets;
    int set_count;
} destination;

/* *damaged: the file cannot be read or its sums do not fit; another checkpoint may be whole. */
static akin_status load_file(const char *path, const destination *to, ak_train_state *state, bool *damaged,
                             akin_error *err)
{
    ak_safetensors *file = NULL;
    akin_status status = ak_safetensors_load(path, &file, err);
    *damaged = status != AKIN_OK;
    if (status) return status;
    const char *format = ak_safetensors_text(file, "format");
    if (!format || strcmp(format, FORMAT) != 0)
        status = ak_fail(err, AKIN_ERR_FORMAT, "'%s' is of format '%s'; this akin reads '%s'", path,
                         format ? format : "(none)", FORMAT);
    else
        status = scatter(to->list, to->weights, to->sets, to->set_count, file, path, err);
    if (!status) read_state(file, state);
    ak_safetensors_free(file);
    return status;
}

/* "10, 20" */
static void steps_text(const int64_t *steps, int n, char *text, size_t size)
{
    size_t used = 0;
    snprintf(text, size, "none");
    for (int i = n - 1; i >= 0 && used + 24 < size; i--)
        used +=
            (size_t)snprintf(text + used, size - used, "%s%lld", i < n - 1 ? ", " : "", (long long)steps[i]);
}

static akin_status load_named(const char *run, int64_t which, const int64_t *steps, int n,
                              const destination *to, ak_train_state *state, akin_error *err)
{
    char path[4096], all[256];
    bool damaged;
    const bool fits = which == AK_CHECKPOINT_BEST ? ak_run_path(path, sizeof path, run, BEST)
                                                  : path_of(path, sizeof path, run, which);
    if (!fits) return ak_fail(err, AKIN_ERR_INPUT, "the path of the run folder is too long");
    if (access(path, F_OK) == 0) return load_file(path, to, state, &damaged, err);
    steps_text(steps, n, all, sizeof all);
    if (which == AK_CHECKPOINT_BEST)
        return ak_fail(err, AKIN_ERR_INPUT, "'%s' has no best checkpoint; there are the steps: %s", run, all);
    return ak_fail(err, AKIN_ERR_INPUT, "'%s' has no checkpoint of step %lld; there are the steps: %s", run,
                   (long long)which, all);
}

static akin_status load_newest(const char *run, const int64_t *steps, int n, const destination *to,
                               ak_train_state *state, char *note, size_t note_size, akin_error *err)
{
    akin_status status = ak_fail(err, AKIN_ERR_INPUT, "'%s' has no checkpoint yet", run);
    for (int i = 0; i < n && status; i++) {
        char path[4096];
        bool damaged;
        akin_error why = { .status = AKIN_OK };
        if (!path_of(path, sizeof path, run, steps[i])) continue;
        status = load_file(path, to, state, &damaged, &why);
        if (!status) break;
        if (!damaged) /* whole, but not of this run: an older one is no better */
            return ak_fail(err, status, "%s", why.message);
        if (note && note_size) snprintf(note, note_size, "passed over: %s", why.message);
        ak_fail(err, AKIN_ERR_INPUT, "'%s' has no whole checkpoint: %s", run, why.message);
    }
    return status;
}

akin_status ak_checkpoint_load(const char *run, int64_t which, const ak_tensor_list *list,
                               const char *weights, const ak_array_set *sets, int set_count,
                               ak_train_state *state, char *note, size_t note_size, akin_error *err)
{
    int64_t *steps = malloc(MAX_KEPT * sizeof *steps);
    if (!steps) return ak_fail(err, AKIN_ERR_NOMEM, "no memory to list checkpoints");
    const int n = list_steps(run, steps);
    const destination to = { list, weights, sets, set_count };
    if (note && note_size) note[0] = 0;
    const akin_status status = which == AK_CHECKPOINT_NEWEST
                                   ? load_newest(run, steps, n, &to, state, note, note_size, err)
                                   : load_named(run, which, steps, n, &to, state, err);
    free(steps);
    return status;
}

akin_status ak_checkpoint_sum(const ak_tensor_list *list, uint64_t *sum, akin_error *err)
{
    XXH64_state_t *state = XXH64_createState();
    if (!state) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for a check sum");
    XXH64_reset(state, 0);
    akin_status status = AKIN_OK;
    for (int64_t i = 0; i < list->count && !status; i++) {
        float *plain = ak_alloc(sizeof(float), list->tensors[i].plain, 1);
        if (!plain)
            status = ak_fail(err, AKIN_ERR_NOMEM, "no memory for a check sum");
        else
            status = to_plain(list, i, plain, err);
        if (!status) XXH64_update(state, plain, (size_t)list->tensors[i].plain * sizeof(float));
        free(plain);
    }
    if (!status) *sum = XXH64_digest(state);
    XXH64_freeState(state);
    return status;
}
