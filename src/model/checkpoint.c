/* SPDX-License-Identifier: Apache-2.0 */
/* model/checkpoint.c - save and load the state of a run.
 *
 * Tensors are stored in their plain layout, so a checkpoint moves between instruction sets. An array beside
 * a tensor has the tensor's layout of this machine. To be converted it takes the tensor's place for a
 * moment. */
#include "model/checkpoint.h"

#include "base/base.h"
#include "base/plain.h"
#include "base/path.h"
#include "files/safetensors.h"
#include "model/checkpoint_files.h"
#include "model/run_folder.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <xxhash.h>

static const char FORMAT[] = "akin-checkpoint-1";

/* Layouts ------------------------------------------------------------------------------------------------ */

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

/* Saving ------------------------------------------------------------------------------------------------- */

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

/* Add tensor i of the list to the bundle, or in its stead the array `beside` it, where that is not NULL. */
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

/* The step has checked all of this already. What goes into a file that outlives the run is checked again. */
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

/* The state as metadata of the file; %a keeps every bit of a double. */
static akin_status write_file(const char *path, const bundle *b, const ak_train_state *s, akin_error *err)
{
    enum { NUMBERS = 11 };
    const struct {
        const char *key, *format;
        int64_t whole;
        double real;
    } numbers[NUMBERS] = {
        { "step", NULL, s->step, 0 },
        { "interval_loss", "%a", 0, s->interval_loss },
        { "interval_steps", NULL, s->interval_steps, 0 },
        { "elapsed_s", "%.3f", 0, s->elapsed_s },
        { "metrics_bytes", NULL, s->lengths.metrics, 0 },
        { "events_bytes", NULL, s->lengths.events, 0 },
        { "log_bytes", NULL, s->lengths.log, 0 },
        { "smoothed_loss", "%a", 0, s->smoothed_loss },
        { "best_loss", "%a", 0, s->best_loss },
        { "best_step", NULL, s->best_step, 0 },
        { "interval_collisions", "%a", 0, s->interval_collisions },
    };
    char text[NUMBERS][64];
    ak_text_pair pairs[NUMBERS + 4] = { { "format", FORMAT }, { "akin", akin_version() } };
    for (int i = 0; i < NUMBERS; i++) {
        if (numbers[i].format)
            ak_snprintf(text[i], sizeof text[i], numbers[i].format, numbers[i].real);
        else
            snprintf(text[i], sizeof text[i], "%" PRId64, numbers[i].whole);
        pairs[2 + i] = (ak_text_pair){ numbers[i].key, text[i] };
    }
    pairs[NUMBERS + 2] = (ak_text_pair){ "data", s->fingerprint };
    pairs[NUMBERS + 3] = (ak_text_pair){ "events", s->lengths.events_name };
    return ak_safetensors_save(path, b->tensors, b->count, pairs, NUMBERS + 4, err);
}

/* The normalisation of images, as two more tensors. */
static akin_status add_normalisation(bundle *b, const ak_train_state *state, akin_error *err)
{
    static const int64_t channels[1] = { AK_MAX_CHANNELS };
    float *mean = add(b, "", "data.mean", 1, channels, AK_MAX_CHANNELS);
    float *std = add(b, "", "data.std", 1, channels, AK_MAX_CHANNELS);
    if (!mean || !std) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for a checkpoint");
    memcpy(mean, state->mean, sizeof state->mean);
    memcpy(std, state->std, sizeof state->std);
    return AKIN_OK;
}

akin_status ak_checkpoint_save(const char *run, const ak_tensor_list *list, const ak_array_set *sets,
                               int set_count, const ak_train_state *state, akin_error *err)
{
    char path[4096], folder[4096];
    if (!ak_checkpoint_path(path, sizeof path, run, state->step) ||
        !ak_run_path(folder, sizeof folder, run, "checkpoints"))
        return ak_fail(err, AKIN_ERR_IO, "the path of the run folder is too long: '%.200s...'", run);
    bool there;
    AK_TRY(ak_look_stored(folder, &there, NULL, err));
    if (!there) {
        AK_TRY(akin_folder_make(folder, err));
        AK_TRY(ak_folder_sync(folder, err)); /* its own name */
    }
    bundle b;
    AK_TRY(bundle_create(&b, (int)(list->count * (1 + set_count) + list->more_count) + 2, err));
    akin_status status = gather(&b, list, sets, set_count, err);
    if (!status) status = check_finite(&b, path, err);
    if (!status) status = add_normalisation(&b, state, err);
    if (!status) status = write_file(path, &b, state, err);
    bundle_free(&b);
    return status;
}

/* Loading ------------------------------------------------------------------------------------------------ */

/* The numbers of a tensor of the file; NULL, with a sentence, when it has none of that name and size. */
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

/* The tensors come last: before, their memory is used to convert the arrays beside them. */
static akin_status scatter(const ak_checkpoint_target *to, const ak_safetensors *file, const char *path,
                           akin_error *err)
{
    const ak_tensor_list *l = to->list;
    const ak_array_set *sets = to->sets;
    for (int k = 0; k < to->set_count; k++)
        for (int64_t i = 0; i < l->count; i++) {
            if (!sets[k].data[i]) continue;
            AK_TRY(import_from(l, i, file, sets[k].prefix, path, err));
            memcpy(sets[k].data[i], l->tensors[i].data, (size_t)l->tensors[i].count * sizeof(float));
        }
    for (int64_t i = 0; i < l->count; i++) AK_TRY(import_from(l, i, file, to->weights, path, err));
    for (int64_t i = 0; i < l->more_count; i++) {
        const akin_tensor *t = &l->more[i];
        const float *plain = tensor_of(file, t->name, t->plain, path, err);
        if (!plain) return AKIN_ERR_FORMAT;
        memcpy(t->data, plain, (size_t)t->plain * sizeof *plain);
    }
    return AKIN_OK;
}

/* A text of the file. Each was written, so where one is missing, or is none that is ever written, the file is
 * not whole, or not ours. */
static const char *text_of(const ak_safetensors *file, const char *key, const char **missing)
{
    const char *text = ak_safetensors_text(file, key);
    if (!text) *missing = key;
    return text ? text : "";
}

/* Steps and lengths: none is below 0. */
static int64_t whole(const ak_safetensors *file, const char *key, const char **missing)
{
    char *end = NULL;
    const char *text = text_of(file, key, missing);
    const int64_t x = strtoll(text, &end, 10);
    if (end == text || *end || x < 0) *missing = key;
    return x;
}

static double real(const ak_safetensors *file, const char *key, const char **missing)
{
    char *end = NULL;
    const char *text = text_of(file, key, missing);
    const double x = ak_strtod(text, &end);
    if (end == text || *end) *missing = key;
    return x;
}

/* The name of a file of events, which a resume opens: nowhere but in the run's own folder. */
static void read_events_name(const ak_safetensors *file, char to[64], const char **missing)
{
    const char *name = text_of(file, "events", missing);
    if (*name && (strlen(name) >= 64 || strchr(name, '/') || !ak_run_owns(name))) *missing = "events";
    snprintf(to, 64, "%s", name);
}

static void read_scale(const ak_safetensors *file, const char *name, float to[AK_MAX_CHANNELS],
                       const char **missing)
{
    const float *x = ak_safetensors_find(file, name, AK_MAX_CHANNELS);
    if (x)
        memcpy(to, x, AK_MAX_CHANNELS * sizeof *to);
    else
        *missing = name;
}

static akin_status read_state(const ak_safetensors *file, const char *path, ak_train_state *out,
                              akin_error *err)
{
    const char *missing = NULL;
    ak_train_state s = { .step = whole(file, "step", &missing),
                         .interval_steps = whole(file, "interval_steps", &missing),
                         .interval_loss = real(file, "interval_loss", &missing),
                         .interval_collisions = real(file, "interval_collisions", &missing),
                         .elapsed_s = real(file, "elapsed_s", &missing),
                         .smoothed_loss = real(file, "smoothed_loss", &missing),
                         .best_loss = real(file, "best_loss", &missing),
                         .best_step = whole(file, "best_step", &missing) };
    s.lengths.metrics = whole(file, "metrics_bytes", &missing);
    s.lengths.events = whole(file, "events_bytes", &missing);
    s.lengths.log = whole(file, "log_bytes", &missing);
    read_events_name(file, s.lengths.events_name, &missing);
    snprintf(s.fingerprint, sizeof s.fingerprint, "%s", text_of(file, "data", &missing));
    read_scale(file, "data.mean", s.mean, &missing);
    read_scale(file, "data.std", s.std, &missing);
    if (missing)
        return ak_fail(err, AKIN_ERR_FORMAT, "'%s' is damaged: it lacks '%s', or has none that akin writes",
                       path, missing);
    *out = s;
    return AKIN_OK;
}

/* AKIN_ERR_FORMAT: the file is damaged, another checkpoint may be whole. Everything else, such as a file
 * that may not be read, says nothing about this checkpoint, and nobody may take an older one for it. */
static akin_status open_file(const char *path, ak_safetensors **file, akin_error *err)
{
    const akin_status status = ak_safetensors_load(path, file, err);
    if (status) return status == AKIN_ERR_INPUT ? ak_fail_as(err, AKIN_ERR_IO) : status;
    const char *format = ak_safetensors_text(*file, "format");
    if (format && strcmp(format, FORMAT) == 0) return AKIN_OK;
    ak_fail(err, AKIN_ERR_UNSUPPORTED, "'%s' is of format '%s'; this akin reads '%s'", path,
            format ? format : "(none)", FORMAT);
    ak_safetensors_free(*file);
    *file = NULL;
    return AKIN_ERR_UNSUPPORTED;
}

static akin_status load_file(const char *path, const ak_checkpoint_target *to, ak_train_state *state,
                             bool *damaged, akin_error *err)
{
    ak_safetensors *file = NULL;
    ak_train_state read;
    akin_status status = open_file(path, &file, err);
    if (!status) status = read_state(file, path, &read, err);
    *damaged = status == AKIN_ERR_FORMAT;
    if (!status) status = scatter(to, file, path, err); /* of another encoder: an older one is no better */
    if (!status) *state = read;
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
                              const ak_checkpoint_target *to, ak_train_state *state, akin_error *err)
{
    char path[4096], all[256];
    bool damaged;
    if (!ak_checkpoint_path(path, sizeof path, run, which))
        return ak_fail(err, AKIN_ERR_INPUT, "the path of the run folder is too long");
    bool there;
    AK_TRY(ak_look_stored(path, &there, NULL, err));
    if (there) return load_file(path, to, state, &damaged, err);
    steps_text(steps, n, all, sizeof all);
    if (which == AK_CHECKPOINT_BEST)
        return ak_fail(err, AKIN_ERR_INPUT, "'%s' has no best checkpoint; there are the steps: %s", run, all);
    return ak_fail(err, AKIN_ERR_INPUT, "'%s' has no checkpoint of step %lld; there are the steps: %s", run,
                   (long long)which, all);
}

static akin_status load_newest(const char *run, const int64_t *steps, int n, const ak_checkpoint_target *to,
                               ak_train_state *state, char *note, size_t note_size, akin_error *err)
{
    akin_error first = { .status = AKIN_OK };
    for (int i = 0; i < n; i++) {
        char path[4096];
        bool damaged;
        akin_error why = { .status = AKIN_OK };
        if (!ak_checkpoint_path(path, sizeof path, run, steps[i])) continue;
        bool there;
        AK_TRY(ak_look_stored(path, &there, NULL, err));
        if (!there) continue; /* the run that goes on has deleted it */
        const akin_status status = load_file(path, to, state, &damaged, &why);
        if (status && !damaged) return ak_fail(err, status, "%s", why.message);
        if (!status && first.status && note && note_size)
            snprintf(note, note_size, "%.600s; step %lld is taken in place of step %lld", first.message,
                     (long long)steps[i], (long long)steps[0]);
        if (!status) return AKIN_OK;
        if (!first.status) first = why;
    }
    if (first.status)
        return ak_fail(err, AKIN_ERR_INPUT, "'%s' has no whole checkpoint: %s", run, first.message);
    char before[600];
    return ak_fail(err, AKIN_ERR_INPUT, "'%s' has no checkpoint yet%s", run,
                   ak_run_replaced_text(run, before, sizeof before));
}

akin_status ak_checkpoint_load(const char *run, int64_t which, const ak_checkpoint_target *target,
                               ak_train_state *state, char *note, size_t note_size, akin_error *err)
{
    int n = 0;
    int64_t *steps = malloc(AK_MAX_CHECKPOINTS * sizeof *steps);
    if (!steps) return ak_fail(err, AKIN_ERR_NOMEM, "no memory to list checkpoints");
    if (note && note_size) note[0] = 0;
    akin_status status = ak_checkpoint_steps(run, steps, &n, err);
    if (!status)
        status = which == AK_CHECKPOINT_NEWEST
                     ? load_newest(run, steps, n, target, state, note, note_size, err)
                     : load_named(run, which, steps, n, target, state, err);
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
