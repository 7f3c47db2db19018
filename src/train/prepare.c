/* SPDX-License-Identifier: Apache-2.0 */
/* train/prepare.c - data, sampler, net, optimiser, loss: from settings to a run that can make a step. */
#include "train/prepare.h"

#include "base/plain.h"
#include "model/config.h"
#include "model/run_folder.h"
#include "set/classes.h"
#include "set/measured.h"
#include "train/init.h"
#include "train/learned.h"
#include "train/length.h"
#include "train/listed.h"
#include "train/longer.h"
#include "train/nested.h"
#include "train/past.h"
#include "train/predictor.h"
#include "train/ranks.h"
#include "train/step_loss.h"
#include "train/targets.h"
#include "train/whole.h"
#include "train/word_start.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* One weight a class, in class order, separated by white space. */
static akin_status read_prior(const char *path, double *weight, int64_t classes, akin_error *err)
{
    char *text = NULL;
    AK_TRY(akin_file_load(path, (size_t)16 << 20, &text, NULL, err));
    char *at = text, *end = text;
    int64_t n = 0;
    for (;; n++, at = end) {
        const double value = ak_strtod(at, &end);
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

/* Neighbours and pairs that the data themselves tell. */
static akin_status relations_of(const ak_trainer *t, ak_relations *out, akin_error *err)
{
    const ak_learning *l = &t->learning;
    *out = (ak_relations){ .tuples = 0 };
    return l->kind->relations ? l->kind->relations(l->set->set, "train", out, err) : AKIN_OK;
}

static const char BY_VALUE[] = "numbers, which --value-column names, or ";

static akin_status make_sampler(ak_trainer *t, akin_error *err)
{
    const ak_train_settings *set = &t->set;
    const char *prior = set->class_prior;
    ak_sampler_plan plan = { .pairing = set->pairing,
                             .items = t->learning.part.n,
                             .batch = set->batch,
                             .group = t->learning.group,
                             .groups = t->learning.groups,
                             .window = set->window,
                             .block = set->block,
                             .count = set->negatives,
                             .distinct = set->distinct,
                             .value_noise = set->value_noise,
                             .seed = set->seed };
    ak_relations told;
    AK_TRY(relations_of(t, &told, err));
    plan.order = told.order;
    plan.anchor = told.anchor;
    plan.positive = told.positive;
    plan.negative = told.negative;
    plan.negative_start = told.negative_start;
    plan.tuples = told.tuples;
    plan.values = told.values;
    plan.value_count = told.value_count;
    if (plan.pairing == AK_PAIR_NEAR && told.piece) {
        plan.group = told.piece;
        plan.groups = told.pieces;
    }
    plan.graph = t->listed ? t->listed->graph : NULL;
    double *weight = NULL;
    akin_status status = AKIN_OK;
    plan.prior = strcmp(prior, "empirical") == 0 ? AK_PRIOR_EMPIRICAL
                 : strcmp(prior, "uniform") == 0 ? AK_PRIOR_UNIFORM
                                                 : AK_PRIOR_GIVEN;
    if (plan.prior == AK_PRIOR_GIVEN && t->learning.groups > 0) {
        plan.weight = weight = ak_alloc(sizeof *weight, t->learning.groups, 1);
        status = weight ? read_prior(prior, weight, t->learning.groups, err)
                        : ak_fail(err, AKIN_ERR_NOMEM, "no memory for the prior of %lld classes",
                                  (long long)t->learning.groups);
    }
    const bool read = ak_targets_are_classes(t);
    for (int64_t i = 0; read && !status && i < plan.items; i++)
        if (!t->learning.group || t->learning.group[i] < 0)
            status =
                ak_fail(err, AKIN_ERR_INPUT, "--loss %s needs %sa class for every item; item %lld has none",
                        set->loss->name, set->loss->needs & AKIN_LOSS_VALUES ? BY_VALUE : "", (long long)i);
    if (!status) status = ak_sampler_create(&plan, &t->sampler, err);
    free(weight);
    return status;
}

/* Views by the kind's usual recipe; what was settled stands in run.json, for a resume. */
static akin_status take_usual_view(ak_trainer *t, akin_error *err)
{
    const ak_kind *kind = t->learning.kind;
    AK_TRY(kind->take_usual_view(&t->set.data, err));
    AK_TRY(ak_learning_usual_view(&t->learning, err));
    ak_trainer_say(t, "nothing else makes pairs: two views of each of the %s, taking --%s %s", kind->unit,
                   kind->view_option, kind->usual_view);
    return akin_train_config_set(t->config, kind->view_option, kind->usual_view, err);
}

/* Of a series, positives are near in time where nothing else was asked for: within an item's length, where
 * --window does not say how near. What was settled stands in run.json, for a resume. */
static akin_status choose_near(ak_trainer *t, int64_t steps, akin_error *err)
{
    char number[24];
    const bool asked = akin_train_config_is_set(t->config, "pairs") &&
                       strcmp(akin_train_config_get(t->config, "pairs"), "auto") != 0;
    if (t->set.pairing == AK_PAIR_VIEWS && !asked) {
        t->set.pairing = AK_PAIR_NEAR;
        AK_TRY(akin_train_config_set(t->config, "pairs", "near", err));
    }
    if (t->set.pairing != AK_PAIR_NEAR) return AKIN_OK;
    if (!akin_train_config_is_set(t->config, "window")) {
        t->set.window = steps;
        snprintf(number, sizeof number, "%lld", (long long)steps);
        AK_TRY(akin_train_config_set(t->config, "window", number, err));
    }
    if (!asked)
        ak_trainer_say(t, "a series: positives by time, --pairs near --window %lld",
                       (long long)t->set.window);
    return AKIN_OK;
}

/* Where both views of an item would be the same, as of text without a recipe, positives come from the
 * data; where it tells of none, the views get one. Labels are no such thing: they are not looked at unless
 * --pairs group asks for them. */
static akin_status choose_pairs(ak_trainer *t, akin_error *err)
{
    const ak_kind *kind = t->learning.kind;
    const char *same = kind->same_views ? kind->same_views(&t->set.data) : NULL;
    if (kind->series_encoder && !ak_config_chose(t->config, "series", "0"))
        AK_TRY(choose_near(t, t->learning.shape.width, err));
    if (!same || t->set.pairing != AK_PAIR_VIEWS) return AKIN_OK;
    ak_relations told;
    AK_TRY(relations_of(t, &told, err));
    const bool asked = akin_train_config_is_set(t->config, "pairs") &&
                       strcmp(akin_train_config_get(t->config, "pairs"), "auto") != 0;
    const char *pairs = told.tuples ? "given" : ak_learning_grouped(&t->learning) ? "group" : NULL;
    const bool recipe = akin_train_config_is_set(t->config, kind->view_option);
    if (!pairs && !recipe) return take_usual_view(t, err);
    if (asked || !pairs)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "%s%s", same, pairs ? ", or leave --pairs out" : "");
    t->set.pairing = strcmp(pairs, "given") == 0 ? AK_PAIR_GIVEN : AK_PAIR_GROUP;
    ak_trainer_say(t, "positives: --pairs %s", pairs);
    return akin_train_config_set(t->config, "pairs", pairs, err);
}

/* How many negatives of the data each anchor has; what was settled stands in run.json, for a resume. */
static akin_status choose_negatives(ak_trainer *t, akin_error *err)
{
    const bool asked = akin_train_config_is_set(t->config, "negatives"),
               tuples = t->set.loss->needs & AKIN_LOSS_TRIPLES;
    char number[24];
    ak_relations told;
    if (t->set.pairing != AK_PAIR_GIVEN && t->set.pairing != AK_PAIR_LATENT && asked)
        return ak_fail(
            err, AKIN_ERR_ARGUMENT,
            "--negatives is of --pairs given or latent, and '%s' has no rows with anchor and negative; "
            "leave it out",
            akin_dataset_name(t->learning.set));
    if (t->set.pairing != AK_PAIR_GIVEN) return AKIN_OK;
    if (!tuples && !asked) t->set.negatives = 0;
    AK_TRY(ak_train_check_negatives(&t->set, err));
    AK_TRY(relations_of(t, &told, err));
    if (t->set.negatives == 0 && told.tuples && told.negative_start && told.negative_start[told.tuples] > 0)
        ak_trainer_say(t,
                       "the data have negatives, which are not used; --negatives 1 uses one of each anchor");
    snprintf(number, sizeof number, "%lld", (long long)t->set.negatives);
    return akin_train_config_set(t->config, "negatives", number, err);
}

/* A batch that nobody asked for is halved while an epoch has few steps; what was settled stands in run.json,
 * for a resume. Halves of --queue's divisor divide it too; --micro-batch must go on dividing it. */
static akin_status choose_batch(ak_trainer *t, akin_error *err)
{
    enum { FEW_STEPS = 8, SMALL = 16, LEAST = 2 };
    const int64_t n = t->learning.part.n, usual = t->set.batch, micro = t->set.micro;
    const char *unit = t->learning.kind->unit;
    const int letters = (int)strlen(unit) - (n == 1);
    ak_relations told = { .tuples = 0 };
    char number[24];
    if (t->set.pairing == AK_PAIR_GIVEN) AK_TRY(relations_of(t, &told, err));
    const int64_t anchors = told.tuples ? told.tuples : n;
    int64_t b = usual;
    while (!akin_train_config_is_set(t->config, "batch-size") && b > LEAST &&
           (b > anchors || (b > SMALL && anchors / b < FEW_STEPS)) && (!micro || b / 2 % micro == 0))
        b /= 2;
    if (n < LEAST || n < b)
        return ak_fail(err, AKIN_ERR_INPUT, "'%s' has %lld %.*s to train on, fewer than %s%lld; %s",
                       t->data_path, (long long)n, letters, unit, n < LEAST ? "" : "one batch of ",
                       (long long)(n < LEAST ? LEAST : b),
                       n < LEAST ? "give more data" : "give a smaller --batch-size");
    if (b == usual) return AKIN_OK;
    ak_trainer_say(t, "%lld %.*s: taking --batch-size %lld, %lld step%s an epoch", (long long)anchors,
                   told.tuples ? 5 : letters, told.tuples ? "pairs" : unit, (long long)b,
                   (long long)(anchors / b), anchors / b == 1 ? "" : "s");
    t->set.batch = b;
    snprintf(number, sizeof number, "%lld", (long long)b);
    return akin_train_config_set(t->config, "batch-size", number, err);
}

/* Where sums have one order whatever the ranks, the chunks must not depend on them, either. */
static akin_status choose_chunk(ak_trainer *t, akin_error *err)
{
    char number[24];
    if (!t->set.whole || t->set.micro) return AKIN_OK;
    t->set.micro = ak_whole_chunk(t->set.batch);
    ak_trainer_say(t, "reproducible: taking --micro-batch %lld, %lld chunk%s a step", (long long)t->set.micro,
                   (long long)(t->set.batch / t->set.micro), t->set.batch == t->set.micro ? "" : "s");
    snprintf(number, sizeof number, "%lld", (long long)t->set.micro);
    return akin_train_config_set(t->config, "micro-batch", number, err);
}

/* Into the state, which checkpoints keep. */
static void keep_pixel_scale(ak_trainer *t)
{
    const ak_learning *l = &t->learning;
    const ak_pixel_scale *scale = l->kind->pixel_scale ? l->kind->pixel_scale(l->measured) : NULL;
    if (!scale) return;
    memcpy(t->state.mean, scale->mean, sizeof scale->mean);
    memcpy(t->state.std, scale->std, sizeof scale->std);
}

/* What the run measured, where it goes on and its kind of data is opened by that. Without a checkpoint it
 * begins anew, and measures as it did: so its record is the same. */
static akin_status recall(const ak_trainer *t, void **measured, akin_error *err)
{
    const ak_kind *kind = t->set.data.kind;
    char path[4096];
    akin_json *root = NULL;
    int checkpoints = 0;
    bool begun;
    AK_TRY(ak_run_has(t->run, "run.json", &begun, err));
    if (!t->opts.resume || t->opts.dataset || !kind->open_again || !begun) return AKIN_OK;
    AK_TRY(ak_checkpoint_count(t->run, &checkpoints, err));
    if (checkpoints == 0) return AKIN_OK;
    AK_TRY(ak_measured_path(path, t->run, "run.json", err));
    AK_TRY(akin_json_load(path, (size_t)64 << 20, 0, &root, err));
    const akin_status status = kind->recall(root, path, t->run, measured, err);
    akin_json_free(root);
    return status;
}

static akin_status open_set(ak_trainer *t, akin_error *err)
{
    const ak_teller teller = { ak_trainer_say_line, t };
    const ak_kind *kind = t->set.data.kind;
    void *measured = NULL;
    ak_data_opts opts = t->set.data;
    ak_sharing ranks;
    AK_TRY(recall(t, &measured, err));
    if (measured) kind->open_again(measured, &opts);
    akin_status status = AKIN_OK;
    if (!t->opts.dataset) status = ak_ranks_sharing(t, &ranks, &opts.sharing, err);
    if (!status) status = ak_learning_open(t->data_path, t->opts.dataset, &opts, &teller, &t->learning, err);
    ak_ranks_opened(t, status);
    t->learning.opts.sharing = NULL;
    if (!measured) return status;
    t->learning.opts = t->set.data; /* without what is forgotten here */
    kind->forget(measured);
    return status;
}

/* Options that the data decided become those of the run, so that it reads all data alike. */
static akin_status keep_settled(ak_trainer *t, akin_error *err)
{
    const ak_learning *l = &t->learning;
    const char *name;
    char text[32];
    for (int i = 0; l->kind->settled && (name = l->kind->settled(l->set->set, i, text)) != NULL; i++)
        if (!akin_train_config_is_set(t->config, name))
            AK_TRY(akin_train_config_set(t->config, name, text, err));
    return AKIN_OK;
}

akin_status ak_trainer_open_data(ak_trainer *t, akin_error *err)
{
    if (t->learning.set) return AKIN_OK;
    AK_TRY(open_set(t, err));
    AK_TRY(keep_settled(t, err));
    keep_pixel_scale(t);
    return AKIN_OK;
}

/* Of the steps, and the epochs that they are; the schedule that goes with them. */
static akin_status plan_steps(ak_trainer *t, akin_error *err)
{
    enum { MOST = 1000000 }; /* that the option takes */
    const ak_step_plan *plan = &t->set.plan;
    char number[24];
    t->epoch_steps = ak_sampler_epoch_steps(t->sampler);
    if (!plan->count) AK_TRY(ak_length_settle(t, err));
    t->steps = plan->count ? plan->at[plan->count - 1].steps : t->epoch_steps * t->set.epochs;
    t->set.epochs = (t->steps + t->epoch_steps - 1) / t->epoch_steps;
    t->anneal = (ak_anneal){ .opts = t->set.anneal, .steps = t->steps, .period = t->steps };
    if (t->set.anneal.period > 0)
        t->anneal.period = (int64_t)fmax(1, round(t->set.anneal.period * (double)t->epoch_steps));
    ak_schedule_begin(&t->schedule, &t->set.schedule, t->epoch_steps, t->set.epochs);
    ak_longer_schedule(t);
    if (!plan->count) return AKIN_OK;
    ak_schedule_plan(&t->schedule, plan);
    snprintf(number, sizeof number, "%lld", (long long)(t->set.epochs < MOST ? t->set.epochs : MOST));
    return akin_train_config_set(t->config, "epochs", number, err);
}

static akin_status open_data(ak_trainer *t, akin_error *err)
{
    AK_TRY(ak_trainer_open_data(t, err));
    AK_TRY(choose_pairs(t, err));
    AK_TRY(choose_negatives(t, err));
    AK_TRY(choose_batch(t, err));
    AK_TRY(choose_chunk(t, err));
    AK_TRY(ak_listed_open(t, err));
    AK_TRY(ak_targets_open(t, err));
    AK_TRY(make_sampler(t, err));
    const bool by_class =
        t->set.pairing == AK_PAIR_GROUP || t->set.pairing == AK_PAIR_LATENT || ak_targets_are_classes(t);
    if (by_class && t->learning.group && t->learning.group == t->learning.part.labels &&
        t->set.data.target != AKIN_TARGET_GROUP)
        ak_trainer_say(t, "%s",
                       ak_dataset_by_groups(t->learning.set, t->set.data.target)
                           ? "groups are seen in training; as there are no labels, they are also "
                             "the classes that an evaluation compares with"
                           : "labels are seen in training: positives or targets are taken from them");
    AK_TRY(plan_steps(t, err));
    snprintf(t->state.fingerprint, sizeof t->state.fingerprint, "%s",
             akin_dataset_fingerprint(t->learning.set));
    return AKIN_OK;
}

static akin_status floats(akin_mat *m, int64_t rows, int64_t cols, akin_error *err)
{
    *m = (akin_mat){ ak_alloc(sizeof(float), rows, cols), rows, cols, cols };
    if (m->data) return AKIN_OK;
    return ak_fail(err, AKIN_ERR_NOMEM, "no memory for the projections of %lld rows", (long long)rows);
}

/* So many rows have no more uncorrelated columns than that, whatever is learned. */
static void tell_few_rows(ak_trainer *t)
{
    const int64_t items = t->set.batch;
    if (t->going_on || !(t->set.loss->needs & AKIN_LOSS_COLUMNS) || items > t->width) return;
    ak_trainer_say(
        t,
        "--loss %s compares %lld columns by the %lld items of a batch, and no more than %lld can be "
        "uncorrelated; give a larger --batch-size%s",
        t->set.loss->name, (long long)t->width, (long long)items, (long long)items - 1,
        t->head ? " or a smaller --head-out" : "");
}

/* The memory that a step works on, and that one visit of the encoder works on. */
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
    if (ak_visits_chunks(&t->visits, t->sampler) > 1 && !t->visits.whole)
        AK_TRY(ak_gradsum_create(net->tensors, net->predictor_first, &t->gradsum, err));
    const ak_momentum_opts opts = { .decay = t->set.momentum,
                                    .keys = t->set.queue,
                                    .batch = t->set.batch,
                                    .width = t->width,
                                    .seed = t->set.seed };
    if (opts.decay > 0) AK_TRY(ak_momentum_create(net->tensors, net->count, &opts, &t->momentum, err));
    return AKIN_OK;
}

static akin_status create_net(ak_trainer *t, const ak_net_plan *plan, akin_error *err)
{
    akin_error why = { .status = AKIN_OK };
    const akin_status status = ak_net_create(plan, &t->net, &why);
    const bool chunks = status == AKIN_ERR_NOMEM && !t->set.micro;
    if (!status) return AKIN_OK;
    return ak_fail(err, status, "%s%s", why.message,
                   chunks ? "; or --micro-batch N, which keeps the batch and encodes N items at a time" : "");
}

/* What the net is to read. */
static void plan_input(const ak_trainer *t, ak_net_plan *plan)
{
    const ak_row_shape *shape = &t->learning.shape;
    plan->height = shape->height;
    plan->width = shape->width;
    plan->channels = shape->channels;
    plan->tokens = shape->tokens;
    plan->max_ids = plan->max_words = t->learning.source.row_ids;
    plan->positions = shape->max_words;
    plan->table = t->set.table;
    if (shape->dim) plan->table.dim = (int32_t)shape->dim;
}

/* An encoder whose weights depend on the size of its images learns on views of that size only: what it
 * learned could not be used on the images. */
static akin_status check_view_size(const ak_trainer *t, const ak_net_plan *plan, akin_error *err)
{
    const ak_learning *l = &t->learning;
    if (l->kind->tokens) return AKIN_OK;
    const ak_row_shape image = l->kind->shape(l->measured, &l->opts, false);
    akin_encoder_info of_views = AKIN_ENCODER_INFO_INIT, of_images = AKIN_ENCODER_INFO_INIT;
    if ((image.height == plan->height && image.width == plan->width) ||
        akin_encoder_describe(&plan->encoder, plan->height, plan->width, plan->channels, &of_views, NULL) ||
        akin_encoder_describe(&plan->encoder, image.height, image.width, plan->channels, &of_images, NULL))
        return AKIN_OK; /* what is wrong with it, its creation tells */
    if (of_views.parameters == of_images.parameters && of_views.features == of_images.features)
        return AKIN_OK;
    return ak_fail(
        err, AKIN_ERR_ARGUMENT,
        "--encoder %s takes images of one size: views are %lldx%lld, images are %lldx%lld; leave out "
        "--view-height and --view-width, or scale the images with --size",
        plan->encoder.name, (long long)plan->height, (long long)plan->width, (long long)image.height,
        (long long)image.width);
}

akin_status ak_trainer_prepare(ak_trainer *t, akin_error *err)
{
    AK_TRY(open_data(t, err));
    AK_TRY(ak_ranks_divide(t, err));
    ak_row_span spans[3];
    const int parts = ak_visits_spans(&t->visits, t->sampler, spans);
    for (int i = 0; i < parts; i++) t->rows += spans[i].rows;
    if (t->visits.keys && parts != 2)
        return ak_fail(err, AKIN_ERR_ARGUMENT,
                       "--momentum-encoder takes pairs; these have negatives of their own");
    if (t->set.supervised) t->set.encoder.head_out = (int32_t)t->learning.groups;
    ak_net_plan plan = { .encoder = t->set.encoder,
                         .hidden = t->set.encoder.width,
                         .layers = t->set.encoder.blocks,
                         .pool = t->set.pool,
                         .rows = ak_visits_rows(&t->visits, t->sampler),
                         .seed = t->set.seed };
    plan_input(t, &plan);
    plan.predictor_rows = t->rows;
    AK_TRY(ak_predictor_plan(t, &plan.predictor_hidden, err));
    AK_TRY(check_view_size(t, &plan, err));
    AK_TRY(create_net(t, &plan, err));
    AK_TRY(ak_word_start_take(t, err));
    AK_TRY(ak_init_take(t, err));
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
    AK_TRY(ak_ranks_prepare(t, err));
    AK_TRY(ak_past_prepare(t, err));
    AK_TRY(ak_learned_prepare(t, err));
    AK_TRY(ak_nested_prepare(t, err));
    tell_few_rows(t);
    AK_TRY(ak_predictor_prepare(t, err));
    AK_TRY(ak_listed_prepare(t, err));
    return ak_step_loss_prepare(t, err);
}
