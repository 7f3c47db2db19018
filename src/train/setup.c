/* SPDX-License-Identifier: Apache-2.0 */
/* train/setup.c - from options and a path to a run that is ready for its next step. */
#include "train/trainer.h"

#include "akin/tool/json.h"
#include "train/window.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <inttypes.h>

void ak_trainer_say(ak_trainer *t, const char *format, ...)
{
    char line[1024];
    va_list list;
    va_start(list, format);
    vsnprintf(line, sizeof line, format, list);
    va_end(list);
    if (t->record) ak_record_log(t->record, line, NULL); /* a lost remark stops nothing; lost results do */
    if (t->opts.on_message) t->opts.on_message(line, t->opts.ctx);
}

/* Configuration ----------------------------------------------------------------------------------------------- */

static akin_status copy_given(const akin_train_config *from, akin_train_config *to, akin_error *err)
{
    const akin_opt_desc *o;
    for (int i = 0; from && (o = akin_train_option_at(i)) != NULL; i++)
        if (akin_train_config_is_set(from, o->name))
            AK_TRY(akin_train_config_set(to, o->name, akin_train_config_get(from, o->name), err));
    return AKIN_OK;
}

/* What the caller gives on resume may repeat the run's configuration, not change it. How it is logged, how many
 * threads make views and what stays in memory changes no result. */
static akin_status check_same(const akin_train_config *given, const akin_train_config *of_run,
                              akin_error *err)
{
    static const char *const free_to_change[] = { "workers",  "cache",     "log-every",   "checkpoint-every",
                                                  "warn-std", "warn-rank", "warn-chance", NULL };
    const akin_opt_desc *o;
    for (int i = 0; given && (o = akin_train_option_at(i)) != NULL; i++) {
        if (!akin_train_config_is_set(given, o->name)) continue;
        bool may_change = false;
        for (const char *const *f = free_to_change; *f; f++)
            may_change = may_change || strcmp(*f, o->name) == 0;
        const char *now = akin_train_config_get(given, o->name),
                   *then = akin_train_config_get(of_run, o->name);
        const bool number = o->type == AKIN_OPT_INT || o->type == AKIN_OPT_REAL;
        const bool same = then && (number ? strtod(now, NULL) == strtod(then, NULL) : strcmp(now, then) == 0);
        if (!same && !may_change)
            return ak_fail(
                err, AKIN_ERR_ARGUMENT,
                "--%s is %s, but the run was begun with %s; resume without it, or begin another run", o->name,
                now, then ? then : "none");
    }
    return AKIN_OK;
}

static akin_status data_path_of_run(const char *run, char *path, size_t size, akin_error *err)
{
    char file[4096];
    akin_json *root = NULL;
    const char *found = NULL;
    if (!ak_run_path(file, sizeof file, run, "run.json"))
        return ak_fail(err, AKIN_ERR_INPUT, "the path of the run folder is too long");
    AK_TRY(akin_json_load(file, (size_t)16 << 20, 0, &root, err));
    akin_error why;
    akin_status status = akin_json_read_text(root, "data.path", &found, &why);
    if (status)
        status =
            ak_fail(err, AKIN_ERR_FORMAT, "'%s' does not say which data the run used: %s", file, why.message);
    else
        snprintf(path, size, "%s", found);
    akin_json_free(root);
    return status;
}

/* The run must find its data from any folder. A path that cannot be resolved is left as it is: opening it says why. */
static akin_status absolute(const char *path, char *out, size_t size, akin_error *err)
{
    char *full = realpath(path, NULL);
    const int length = snprintf(out, size, "%s", full ? full : path);
    free(full);
    if (length >= 0 && (size_t)length < size) return AKIN_OK;
    return ak_fail(err, AKIN_ERR_INPUT, "the path of the data is too long: '%.200s...'", path);
}

akin_status ak_trainer_configure(ak_trainer *t, const char *data, const akin_train_config *given, bool resume,
                                 bool force, akin_error *err)
{
    char file[4096];
    if (!ak_run_path(file, sizeof file, t->run, "run.json"))
        return ak_fail(err, AKIN_ERR_ARGUMENT, "the path of the run folder is too long");
    const bool begun = ak_run_has(t->run, "run.json");
    if (begun && !resume && !force)
        return ak_fail(err, AKIN_ERR_ARGUMENT,
                       "'%s' holds a run already; --resume goes on with it, --force replaces it", t->run);
    if (!begun && !data)
        return ak_fail(err, AKIN_ERR_ARGUMENT,
                       "there is no run in '%s' to resume; name the data to begin one", t->run);
    AK_TRY(akin_train_config_create(&t->config, err));
    if (begun && resume) {
        AK_TRY(akin_train_config_load(t->config, file, err));
        AK_TRY(check_same(given, t->config, err));
    }
    AK_TRY(copy_given(given, t->config, err));
    if (data) {
        if (!akin_json_is_utf8(data)) /* resume and eval find the data again by run.json */
            return ak_fail(
                err, AKIN_ERR_INPUT,
                "the path '%s' is not UTF-8, so run.json cannot name it; rename it, or give a link", data);
        AK_TRY(absolute(data, t->data_path, sizeof t->data_path, err));
    } else
        AK_TRY(data_path_of_run(t->run, t->data_path, sizeof t->data_path, err));
    const ak_kind *forced = ak_kind_of_format(akin_train_config_get(t->config, "format"));
    ak_train_config_set_kind(t->config, forced ? forced : ak_kind_of(akin_data_detect(t->data_path)));
    AK_TRY(ak_train_settings_of(t->config, &t->set, err));
    if (begun && resume && t->set.data.keep && ak_run_has(t->run, "keep.txt") &&
        ak_run_path(t->keep_path, sizeof t->keep_path, t->run, "keep.txt"))
        t->set.data.keep = t->keep_path;
    /* The record tells the encoder that was taken, also where the kind of the data chose it. */
    if (akin_train_config_is_set(t->config, "encoder")) return AKIN_OK;
    return akin_train_config_set(t->config, "encoder", t->set.encoder.name, err);
}

/* Preparation ------------------------------------------------------------------------------------------------- */

/* One weight a class, in class order, separated by white space. */
static akin_status read_prior(const char *path, double *weight, int64_t classes, akin_error *err)
{
    char *text = NULL;
    AK_TRY(akin_file_load(path, (size_t)16 << 20, &text, NULL, err));
    char *at = text, *end = text;
    int64_t n = 0;
    for (;; n++, at = end) {
        const double value = strtod(at, &end);
        if (end == at) break;
        if (n < classes) weight[n] = value;
    }
    at += strspn(at, " \t\r\n");
    akin_status status = AKIN_OK;
    if (*at)
        status = ak_fail(err, AKIN_ERR_FORMAT, "'%s': value %lld is no number: '%.20s'", path,
                         (long long)n + 1, at);
    else if (n != classes)
        status = ak_fail(err, AKIN_ERR_INPUT, "'%s' has %lld weights; the data has %lld classes", path,
                         (long long)n, (long long)classes);
    free(text);
    return status;
}

static akin_status make_sampler(ak_trainer *t, akin_error *err)
{
    const ak_train_settings *set = &t->set;
    const char *prior = set->class_prior;
    ak_sampler_plan plan = { .pairing = set->pairing,
                             .items = t->subject.part.n,
                             .batch = set->batch,
                             .group = t->subject.group,
                             .groups = t->subject.groups,
                             .window = set->window,
                             .block = set->block,
                             .count = set->negatives,
                             .distinct = set->distinct,
                             .seed = set->seed };
    if (akin_dataset_vectors(t->subject.set))
        plan.order = t->subject.vectors.order; /* by time, where there are times */
    if (akin_dataset_text(t->subject.set)) {
        const akin_text_tuples tuples = akin_corpus_tuples(akin_dataset_text(t->subject.set));
        plan.anchor = tuples.anchor;
        plan.positive = tuples.positive;
        plan.negative = tuples.negative;
        plan.negative_start = tuples.negative_start;
        plan.tuples = tuples.n;
    }
    double *weight = NULL;
    akin_status status = AKIN_OK;
    plan.prior = strcmp(prior, "empirical") == 0 ? AK_PRIOR_EMPIRICAL
                 : strcmp(prior, "uniform") == 0 ? AK_PRIOR_UNIFORM
                                                 : AK_PRIOR_GIVEN;
    if (plan.prior == AK_PRIOR_GIVEN && t->subject.groups > 0) {
        plan.weight = weight = ak_alloc(sizeof *weight, t->subject.groups, 1);
        status = weight ? read_prior(prior, weight, t->subject.groups, err)
                        : ak_fail(err, AKIN_ERR_NOMEM, "no memory for the prior of %lld classes",
                                  (long long)t->subject.groups);
    }
    const bool read = set->supervised || set->loss->needs & AKIN_LOSS_LABELS;
    for (int64_t i = 0; read && !status && i < plan.items; i++)
        if (!t->subject.group || t->subject.group[i] < 0)
            status =
                ak_fail(err, AKIN_ERR_INPUT, "--loss %s needs a class for every item; item %lld has none",
                        set->loss->name, (long long)i);
    if (!status) status = ak_sampler_create(&plan, &t->sampler, err);
    free(weight);
    if (!status) t->rows = ak_sampler_rows(t->sampler);
    return status;
}

static void say_line(void *ctx, const char *line) { ak_trainer_say(ctx, "%s", line); }

/* Text without a recipe for views has the same words in both: its positives come from what the data tell. */
static akin_status choose_pairs(ak_trainer *t, akin_error *err)
{
    const akin_corpus *corpus = akin_dataset_text(t->subject.set);
    if (!corpus || t->set.pairing != AK_PAIR_VIEWS) return AKIN_OK;
    const akin_text_view_opts *v = &t->set.data.of.text.views;
    const bool same = v->crop_min >= 1 && v->replace_prob <= 0 && v->erase_prob <= 0;
    const bool asked = akin_train_config_is_set(t->config, "pairs") &&
                       strcmp(akin_train_config_get(t->config, "pairs"), "auto") != 0;
    const char *pairs = akin_corpus_tuples(corpus).n ? "given" : t->subject.group ? "group" : NULL;
    if (same && (asked || !pairs))
        return ak_fail(err, AKIN_ERR_ARGUMENT,
                       "two views of a text would be the same words; give --text-view erase or crop%s",
                       pairs ? ", or leave --pairs out" : "");
    if (!same || asked) return AKIN_OK;
    t->set.pairing = strcmp(pairs, "given") == 0 ? AK_PAIR_GIVEN : AK_PAIR_GROUP;
    if (t->set.pairing == AK_PAIR_GIVEN) t->set.negatives = 0;
    ak_trainer_say(t, "positives: --pairs %s", pairs);
    return akin_train_config_set(t->config, "pairs", pairs, err);
}

static akin_status open_data(ak_trainer *t, akin_error *err)
{
    AK_TRY(
        ak_subject_open(t->data_path, &t->set, t->state.mean, t->state.std, say_line, t, &t->subject, err));
    const int64_t n = t->subject.part.n;
    const char *unit = ak_subject_unit(t->subject.kind);
    if (n < t->set.batch)
        return ak_fail(
            err, AKIN_ERR_INPUT,
            "'%s' has %lld %.*s to train on, fewer than one batch of %lld; give a smaller --batch-size",
            t->data_path, (long long)n, (int)strlen(unit) - (n == 1), unit, (long long)t->set.batch);
    AK_TRY(choose_pairs(t, err));
    AK_TRY(make_sampler(t, err));
    const bool by_class = t->set.pairing == AK_PAIR_GROUP || t->set.pairing == AK_PAIR_LATENT ||
                          t->set.supervised || t->set.loss->needs & AKIN_LOSS_LABELS;
    if (by_class && t->subject.group && t->subject.group == t->subject.part.labels &&
        t->set.data.target != AKIN_TARGET_GROUP)
        ak_trainer_say(t, "labels are seen in training: positives or targets are taken from them");
    t->epoch_steps = ak_sampler_epoch_steps(t->sampler);
    t->steps = t->epoch_steps * t->set.epochs;
    t->anneal = (ak_anneal){ t->set.anneal, t->steps };
    ak_schedule_begin(&t->schedule, &t->set.schedule, t->epoch_steps, t->set.epochs);
    snprintf(t->state.fingerprint, sizeof t->state.fingerprint, "%s",
             akin_dataset_fingerprint(t->subject.set));
    return AKIN_OK;
}

akin_loss_batch ak_trainer_batch(const ak_trainer *t)
{
    akin_loss_batch batch = AKIN_LOSS_BATCH_INIT;
    ak_row_span parts[3];
    const int n = ak_sampler_parts(t->sampler, parts);
    akin_cmat view[3] = { { NULL, 0, 0, 0 } };
    for (int i = 0; i < n; i++)
        view[i] =
            (akin_cmat){ t->projections + parts[i].first * t->width, parts[i].rows, t->width, t->width };
    batch.a = view[0];
    if (n >= 2 && !(t->set.loss->needs & AKIN_LOSS_TRIPLES)) batch.b = view[1];
    if (t->momentum && t->set.queue) {
        batch.keys = ak_momentum_keys(t->momentum);
        batch.keys_only = 1;
    }
    if (n == 3 && batch.b.data)
        batch.keys = view[2];
    else if (n == 3) {
        batch.positives = view[1];
        batch.negatives = view[2];
        batch.block = t->set.block;
        batch.count = t->set.negatives;
    }
    batch.labels = t->labels; /* the anchors' come first */
    if (t->set.loss->needs & AKIN_LOSS_FEATURES) batch.features = akin_const(t->features);
    return batch;
}

/* Chance and floor where they depend on labels: those of the first batch. */
static akin_status first_labels(ak_trainer *t, akin_error *err)
{
    t->labels = ak_alloc(sizeof *t->labels, t->rows, 1);
    if (!t->labels) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for the labels of a batch");
    ak_sampler_memory order;
    AK_TRY(ak_sampler_memory_create(t->sampler, &order, err));
    ak_sampler_items(t->sampler, &order, 0, t->labels);
    ak_sampler_memory_free(&order);
    for (int64_t i = 0; i < t->rows; i++) t->labels[i] = t->subject.group[t->labels[i]];
    return AKIN_OK;
}

static akin_status prepare_loss(ak_trainer *t, akin_error *err)
{
    if (t->set.loss->needs & AKIN_LOSS_LABELS || ak_trainer_counts_classes(t)) AK_TRY(first_labels(t, err));
    t->calibration = (akin_calibration)AKIN_CALIBRATION_INIT;
    if (t->set.supervised) {
        t->calibration.chance = log((double)t->subject.groups);
        t->calibration.floor = 0;
        t->calibration.floor_known = true;
        t->scratch_bytes = (size_t)t->rows * sizeof(double);
    } else {
        const akin_loss_batch batch = ak_trainer_batch(t);
        AK_TRY(ak_trainer_calibrate(t, 0, 1, err));
        t->scratch_bytes =
            akin_loss_scratch_bytes(t->set.loss, &t->set.loss_params, &batch, t->set.loss_precision, 0) + 64;
    }
    t->scratch = ak_alloc(1, (int64_t)t->scratch_bytes, 1);
    if (!t->scratch)
        return ak_fail(err, AKIN_ERR_NOMEM, "no memory for the loss: %zu bytes", t->scratch_bytes);
    return AKIN_OK;
}

static akin_status floats(akin_mat *m, int64_t rows, int64_t cols, akin_error *err)
{
    *m = (akin_mat){ ak_alloc(sizeof(float), rows, cols), rows, cols, cols };
    if (m->data) return AKIN_OK;
    return ak_fail(err, AKIN_ERR_NOMEM, "no memory for the projections of %lld rows", (long long)rows);
}

/* What one step works on, and what one visit of the encoder does. */
static akin_status prepare_rows(ak_trainer *t, akin_error *err)
{
    const int64_t of_visit = ak_visits_rows(&t->visits, t->sampler);
    const bool wanted = t->set.loss->needs & AKIN_LOSS_FEATURES;
    akin_mat z, dz, visit;
    AK_TRY(floats(&z, t->rows, t->width, err));
    t->projections = z.data;
    AK_TRY(floats(&dz, t->rows, t->width, err));
    t->gradient = dz.data;
    AK_TRY(floats(&visit, of_visit, t->width, err));
    t->visit_rows = visit.data;
    if (wanted) AK_TRY(floats(&t->features, t->rows, t->net.features, err));
    if (wanted) AK_TRY(floats(&t->visit_features, of_visit, t->net.features, err));
    t->items = ak_alloc(sizeof *t->items, t->rows, 1);
    return t->items ? AKIN_OK : ak_fail(err, AKIN_ERR_NOMEM, "no memory for the items of a step");
}

/* What is kept beside the weights. */
static akin_status prepare_update(ak_trainer *t, akin_error *err)
{
    const ak_net *net = &t->net;
    AK_TRY(ak_update_create(net->tensors, net->count, &t->set.update, &t->update, err));
    if (ak_visits_chunks(&t->visits, t->sampler) > 1)
        AK_TRY(ak_gradsum_create(net->tensors, net->count, &t->gradsum, err));
    const ak_momentum_opts opts = { t->set.momentum, t->set.queue, t->set.batch, t->width, t->set.seed };
    if (opts.decay > 0) AK_TRY(ak_momentum_create(net->tensors, net->count, &opts, &t->momentum, err));
    return AKIN_OK;
}

int ak_trainer_arrays(ak_trainer *t, ak_tensor_list *list, ak_array_set sets[AK_TRAINER_MAX_SETS])
{
    *list = ak_net_list(&t->net, false);
    int n = ak_update_arrays(t->update, sets);
    if (!t->momentum) return n;
    sets[n++] = ak_momentum_arrays(t->momentum);
    list->more = ak_momentum_queue(t->momentum);
    list->more_count = t->set.queue ? 1 : 0;
    return n;
}

static akin_status create_net(ak_trainer *t, const ak_net_plan *plan, akin_error *err)
{
    akin_error why = { .status = AKIN_OK };
    const akin_status status = ak_net_create(plan, &t->net, &why);
    const bool chunks = status == AKIN_ERR_NOMEM && !t->set.micro && t->subject.kind != AKIN_DATA_TEXT;
    if (!status) return AKIN_OK;
    return ak_fail(err, status, "%s%s", why.message,
                   chunks ? "; or --micro-batch N, which keeps the batch and encodes N items at a time" : "");
}

akin_status ak_trainer_prepare(ak_trainer *t, akin_error *err)
{
    AK_TRY(open_data(t, err));
    t->visits = (ak_visits){ t->set.micro, t->set.momentum > 0 };
    ak_row_span parts[3];
    if (t->visits.keys && ak_sampler_parts(t->sampler, parts) != 2)
        return ak_fail(err, AKIN_ERR_ARGUMENT,
                       "--momentum-encoder takes pairs; these have negatives of their own");
    if (t->set.supervised) t->set.encoder.head_out = (int32_t)t->subject.groups;
    ak_net_plan plan = { .encoder = t->set.encoder,
                         .hidden = t->set.encoder.width,
                         .layers = t->set.encoder.blocks,
                         .pool = t->set.pool,
                         .rows = ak_visits_rows(&t->visits, t->sampler),
                         .seed = t->set.seed };
    ak_subject_plan(&t->subject, &t->set, &plan);
    AK_TRY(create_net(t, &plan, err));
    AK_TRY(ak_subject_seed(&t->subject, &t->net, err));
    t->head = t->net.projection > 0;
    t->width = t->head ? t->net.projection : t->net.features;
    if (!t->head && t->set.encoder.feature_grid > 1)
        return ak_fail(err, AKIN_ERR_ARGUMENT,
                       "without a head the loss reads averaged features; leave --feature-grid at 1");
    if (!t->head && t->set.loss->needs & AKIN_LOSS_FEATURES)
        return ak_fail(
            err, AKIN_ERR_ARGUMENT,
            "difficult pairs are found by the features before the projection head, and there is none; "
            "--head-out must be at least 1");
    AK_TRY(prepare_rows(t, err));
    AK_TRY(prepare_update(t, err));
    return prepare_loss(t, err);
}

static akin_status write_run_json(ak_trainer *t, akin_error *err)
{
    char created[32];
    const time_t now = time(NULL);
    struct tm utc;
    gmtime_r(&now, &utc);
    strftime(created, sizeof created, "%Y-%m-%dT%H:%M:%SZ", &utc);
    akin_json *root = akin_json_pack(
        "{s:{s:s,s:s,s:i}, s:s, s:s?, s:o, s:o, s:{s:s,s:I,s:I,s:I,s:I}, s:{s:s,s:s,s:s,s:o,s:o}}", "akin",
        "version", akin_version(), "isa", akin_isa(), "threads", akin_threads(), "created", created,
        "command", t->opts.command, "config", ak_train_config_json(t->config), "data",
        ak_subject_json(&t->subject, t->data_path), "encoder", "name", t->net.name, "parameters",
        (int64_t)t->net.parameters, "macs_per_image", (int64_t)t->net.macs, "features",
        (int64_t)t->net.features, "projection", (int64_t)t->net.projection, "loss", "name", t->set.loss->name,
        "line", t->set.loss->line, "formula", t->set.loss->formula, "chance",
        akin_json_real(t->calibration.chance), "floor",
        t->calibration.floor_known ? akin_json_real(t->calibration.floor) : akin_json_null());
    char path[4096];
    akin_status status = AKIN_ERR_IO;
    if (ak_run_path(path, sizeof path, t->run, "run.json"))
        status = akin_json_save(path, root, AKIN_JSON_INDENTED, 12, err);
    akin_json_free(root);
    return status;
}

/* Resume from a checkpoint, or write what a new run begins with. */
akin_status ak_trainer_begin(ak_trainer *t, bool resume, akin_error *err)
{
    ak_tensor_list list;
    ak_array_set sets[AK_TRAINER_MAX_SETS];
    const int set_count = ak_trainer_arrays(t, &list, sets);
    char note[512] = "";
    ak_train_state found;
    const bool has_checkpoint = resume && ak_checkpoint_count(t->run) != 0 && ak_run_has(t->run, "run.json");
    akin_status status = AKIN_ERR_INPUT;
    if (has_checkpoint)
        status = ak_checkpoint_load(t->run, AK_CHECKPOINT_NEWEST, &list, "", sets, set_count, &found, note,
                                    sizeof note, err);
    if (has_checkpoint && status) return status;
    if (!status) {
        if (strcmp(found.fingerprint, t->state.fingerprint) != 0)
            return ak_fail(
                err, AKIN_ERR_INPUT,
                "'%s' has changed since the run began (fingerprint %s, then %s); begin another run",
                t->data_path, t->state.fingerprint, found.fingerprint);
        t->state = found;
        if (found.best_step == found.step) /* a kill may have come between the save and this */
            AK_TRY(ak_checkpoint_mark_best(t->run, found.step, err));
        if (!note[0]) ak_checkpoint_trim(t->run, t->set.keep_every * t->epoch_steps);
        AK_TRY(ak_record_open(t->run, &found.mark, &t->record, err));
        if (note[0]) ak_trainer_say(t, "%s", note);
        ak_trainer_say(t, "resumed at step %" PRId64 " of %" PRId64, found.step, t->steps);
        return AKIN_OK;
    }
    AK_TRY(ak_record_open(t->run, NULL, &t->record, err));
    AK_TRY(ak_subject_write(&t->subject, t->run, &t->set, err));
    return write_run_json(t, err); /* last: with it the folder counts as a run */
}
