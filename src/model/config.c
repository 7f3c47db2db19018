/* SPDX-License-Identifier: Apache-2.0 */
/* model/config.c - the options of training: one list, from which flags, help, run.json and typed values are made.
 *
 * The list is the concatenation of this file's rows and those that the encoders, the augmentations and the losses
 * export; a name that several losses share stands in it once, and its default is that of the loss chosen. */
#include "model/config.h"

#include "base/base.h"
#include "model/net.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define FOREVER 1e18

static const akin_opt_desc OWN[] = {
    { "loss", AKIN_OPT_TEXT, "ntxent", "NAME", 0, 0,
      "the contrastive loss; 'akin loss --list' shows them. cross-entropy = the supervised reference" },
    { "difficult", AKIN_OPT_CHOICE, "none", "none|remove|margin|temperature|combined", 0, 0,
      "ntxent, infonce: what is done with the pairs whose similarity before the head is in a window" },
    { "alpha-end", AKIN_OPT_REAL, NULL, "A", 1e-4, 1e4,
      "balanced: alpha of the last step [as in the first]" },
    { "lambda-end", AKIN_OPT_REAL, NULL, "L", 1e-6, 1e6,
      "balanced: lambda of the last step [as in the first]" },
    { "anneal", AKIN_OPT_CHOICE, "linear", "linear|cosine", 0, 0, "the way there, over all steps" },
    { "pairs", AKIN_OPT_CHOICE, "auto", "auto|views|group|near|latent|given", 0, 0,
      "positives: views of an item, its class or document, its neighbours there, latent classes, or "
      "columns of the data [views; text: given or group; curl-*: latent]" },
    { "window", AKIN_OPT_INT, "1", "PLACES", 1, 1e9, "with --pairs near: how far the positive may be" },
    { "block", AKIN_OPT_INT, "1", "B", 1, 1024,
      "with --pairs latent: items averaged to one positive or negative" },
    { "negatives", AKIN_OPT_INT, "1", "K", 0, 65536,
      "with --pairs latent or given: negatives of each anchor" },
    { "class-prior", AKIN_OPT_TEXT, "empirical", "NAME|FILE", 0, 0,
      "with --pairs latent: empirical, uniform, or a file with one weight a class" },
    { "without-replacement", AKIN_OPT_FLAG, NULL, NULL, 0, 0,
      "with --pairs latent: the items of one anchor are all different" },
    { "epochs", AKIN_OPT_INT, "10", "N", 1, 1e6, "passes over the data" },
    { "batch-size", AKIN_OPT_INT, "256", "N", 2, 1048576, "items a step; with pairs, each gives two rows" },
    { "micro-batch", AKIN_OPT_INT, "0", "N", 0, 1048576,
      "items encoded at once, for batches larger than memory; loss and gradient are the batch's. 0 = all" },
    { "momentum-encoder", AKIN_OPT_REAL, "0", "M", 0, 0.9999999,
      "infonce: the keys are made by a moving average of the weights, such as 0.99; 0 = none" },
    { "queue", AKIN_OPT_INT, "0", "KEYS", 0, 16777216,
      "with --momentum-encoder: the negatives are so many older keys; 0 = the other keys of the batch" },
    { "optimizer", AKIN_OPT_CHOICE, "adamw", "adamw|sgd|lars", 0, 0,
      "AdamW; SGD with momentum; LARS, SGD scaled layer by layer" },
    { "nesterov", AKIN_OPT_FLAG, NULL, NULL, 0, 0, "Nesterov's momentum, of SGD and LARS" },
    { "trust", AKIN_OPT_REAL, "0.001", "X", 1e-9, 1, "LARS: step of a layer over the size of its weights" },
    { "lr", AKIN_OPT_REAL, "0.002", "X", 0, 1000,
      "peak learning rate, reached after the warm-up; with lars 1 if not given" },
    { "schedule", AKIN_OPT_CHOICE, "cosine", "cosine|step|constant", 0, 0,
      "the rate after the warm-up: half a cosine down, in steps, or as it is" },
    { "lr-min", AKIN_OPT_REAL, "0", "X", 0, 1000, "least rate of cosine and step" },
    { "milestones", AKIN_OPT_TEXT, NULL, "EPOCHS", 0, 0,
      "step: epochs after which the rate falls, such as 60,80" },
    { "lr-factor", AKIN_OPT_REAL, "0.1", "X", 1e-9, 1, "step: what the rate is multiplied by" },
    { "warmup", AKIN_OPT_REAL, "0.5", "EPOCHS", 0, 1e6, "linear warm-up, in epochs" },
    { "momentum", AKIN_OPT_REAL, "0.9", "X", 0, 0.99999, "momentum of SGD, beta1 of AdamW" },
    { "beta2", AKIN_OPT_REAL, "0.999", "X", 0, 0.99999999, "beta2 of AdamW" },
    { "weight-decay", AKIN_OPT_REAL, "0.0001", "X", 0, 100,
      "of weights; biases and batch norm are left alone" },
    { "clip-norm", AKIN_OPT_REAL, "0", "X", 0, 1e9,
      "largest norm of all gradients together; longer ones are scaled; 0 = no limit" },
    { "ema", AKIN_OPT_REAL, "0", "DECAY", 0, 0.9999999,
      "keep a moving average of the weights, such as 0.999; 0 = none" },
    { "encoder", AKIN_OPT_TEXT, "resnet-s", "NAME", 0, 0, "the network; --encoder list describes them" },
    { "width", AKIN_OPT_INT, "0", "CHANNELS", 0, 4096,
      "channels of the encoder's first stage; 0 = as in the list" },
    { "blocks", AKIN_OPT_INT, "0", "N", 0, 64, "residual blocks a stage; 0 = as in the list" },
    { "stem-stride", AKIN_OPT_INT, "0", "N", 0, 2, "stride of the first convolution; 0 = as in the list" },
    { "feature-grid", AKIN_OPT_INT, "1", "G", 1, 64,
      "features keep G x G cells of the last map; 1 = its average" },
    { "head-hidden", AKIN_OPT_INT, "128", "UNITS", 0, 65536,
      "hidden units of the projection head; 0 = one linear layer" },
    { "head-out", AKIN_OPT_INT, "128", "UNITS", 0, 65536,
      "width of the projections; 0 = no head, the loss reads the features" },
    { "head-norm", AKIN_OPT_CHOICE, "batch", "batch|none", 0, 0,
      "batch norm in the projection head, or none" },
    { "precision", AKIN_OPT_CHOICE, "f32", "f32|bf16", 0, 0, "of activations and convolutions" },
    { "loss-precision", AKIN_OPT_CHOICE, "f32", "f32|bf16", 0, 0, "of the loss's products of similarities" },
    { "convolution", AKIN_OPT_CHOICE, "auto", "auto|direct|winograd", 0, 0,
      "how 3x3 convolutions are computed" },
    { "workers", AKIN_OPT_INT, "1", "N", 1, 64, "threads that make views ahead of the step" },
    { "log-every", AKIN_OPT_INT, "10", "STEPS", 1, FOREVER, "steps between lines of metrics.jsonl" },
    { "checkpoint-every", AKIN_OPT_INT, "0", "STEPS", 0, FOREVER,
      "steps between checkpoints; 0 = once an epoch" },
    { "keep-every", AKIN_OPT_INT, "0", "EPOCHS", 0, FOREVER,
      "keep the checkpoint of every so many epochs for good; 0 = only the newest two and the best" },
    { "format", AKIN_OPT_CHOICE, "auto",
      "auto|idx|cifar|npy|images|vectors|csv|libsvm|text|lines|tsv|jsonl|documents", 0, 0,
      "what the data is" },
    { "target", AKIN_OPT_CHOICE, "auto", "auto|label|group", 0, 0,
      "the classes: labels, or groups such as documents [groups for positives, labels to be told apart]" },
    { "warn-std", AKIN_OPT_REAL, "0.1", "X", 0, 1,
      "warn when the projections spread less than this share of the sphere; 0 = never" },
    { "warn-rank", AKIN_OPT_REAL, "1.1", "N", 0, 65536,
      "warn when they use fewer dimensions than this; 0 = never" },
    { "warn-chance", AKIN_OPT_REAL, "0.01", "SHARE", 0, 1,
      "warn when an epoch brings the loss less than this share of the way from chance to floor; 0 = never" },
    { "size", AKIN_OPT_INT, "0", "PIXELS", 0, 4096, "resize and crop images to a square; 0 = as they are" },
    { "cache", AKIN_OPT_INT, NULL, "MIB", 0, 1e9,
      "images in memory, the others are read anew; 0 = none [half of what is free]" },
    { "on-bad", AKIN_OPT_CHOICE, "stop", "stop|skip", 0, 0,
      "at an unreadable image: stop, or skip, count and list" },
    { "max-bad", AKIN_OPT_REAL, "0.01", "FRACTION", 0, 1,
      "with --on-bad skip: stop when more than this is unreadable" },
    { "keep", AKIN_OPT_TEXT, NULL, "FILE", 0, 0, "learn from the items of a keep-list only (docs/data.md)" },
    { "seed", AKIN_OPT_INT, "0", "N", 0, 9007199254740992.0, "seed of everything random" },
    { NULL, AKIN_OPT_FLAG, NULL, NULL, 0, 0, NULL },
};

enum { MAX_OPTIONS = 320 };

struct akin_train_config {
    const ak_kind *kind;     /* of the data; NULL = not known yet */
    char *text[MAX_OPTIONS]; /* as set; NULL = not set */
};

/* The list, made once: rows[0..count). Where losses share a name and not its range or meaning, its row here has them all;
 * the loss that is chosen says which are right. */
static akin_opt_desc rows[MAX_OPTIONS];
static int count;
static pthread_once_t listed = PTHREAD_ONCE_INIT;

static void merge(akin_opt_desc *row, const akin_opt_desc *with)
{
    enum { MOST = 16, LONGEST = 256 };
    static char help[MOST][LONGEST];
    static int used;
    if (with->min < row->min) row->min = with->min;
    if (with->max > row->max) row->max = with->max;
    if (strcmp(row->help, with->help) == 0 || used == MOST) return;
    snprintf(help[used], LONGEST, "%s; %s", row->help, with->help);
    row->help = help[used++];
}

static void make_list(void)
{
    const akin_opt_desc *tables[16 + 64] = { OWN };
    const ak_kind *kind;
    int t = 1;
    for (int i = 0; (kind = ak_kind_at(i)) != NULL; i++)
        for (int k = 0; kind->options[k]; k++) tables[t++] = kind->options[k];
    const int losses = t;
    for (const akin_loss *l = akin_losses; l->name && t < 80; l++) tables[t++] = l->opts;
    for (int i = 0; i < t; i++)
        for (const akin_opt_desc *o = tables[i]; o && o->name && count < MAX_OPTIONS; o++) {
            int same = 0;
            while (same < count && strcmp(rows[same].name, o->name) != 0) same++;
            if (same == count)
                rows[count++] = *o;
            else if (i >= losses)
                merge(&rows[same], o);
        }
}

const akin_opt_desc *akin_train_option_at(int i)
{
    pthread_once(&listed, make_list);
    return i >= 0 && i < count ? &rows[i] : NULL;
}

static int find(const char *name)
{
    const akin_opt_desc *o;
    for (int i = 0; (o = akin_train_option_at(i)) != NULL; i++)
        if (strcmp(o->name, name) == 0) return i;
    return -1;
}

akin_status akin_train_config_create(akin_train_config **out, akin_error *err)
{
    akin_train_config *c = calloc(1, sizeof *c);
    if (!c) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for a configuration");
    *out = c;
    return AKIN_OK;
}

void akin_train_config_free(akin_train_config *c)
{
    if (!c) return;
    for (int i = 0; i < MAX_OPTIONS; i++) free(c->text[i]);
    free(c);
}

akin_status akin_train_config_set(akin_train_config *c, const char *name, const char *text, akin_error *err)
{
    const int i = find(name);
    if (i < 0) {
        const char *names[MAX_OPTIONS + 1] = { NULL };
        for (int r = 0; r < count; r++) names[r] = rows[r].name;
        const char *near = akin_nearest_name(name, names);
        return ak_fail(err, AKIN_ERR_ARGUMENT, "unknown option '%s'%s%s%s", name,
                       near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
    }
    AK_TRY(akin_opt_check(akin_train_option_at(i), text, NULL, err));
    const bool off = akin_train_option_at(i)->type == AKIN_OPT_FLAG &&
                     (strcmp(text, "0") == 0 || strcmp(text, "false") == 0); /* NAME=0: as not given */
    char *copy = off ? NULL : strdup(text);
    if (!copy && !off) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for the option '%s'", name);
    free(c->text[i]);
    c->text[i] = copy;
    return AKIN_OK;
}

bool akin_train_config_is_set(const akin_train_config *c, const char *name)
{
    const int i = find(name);
    return i >= 0 && c->text[i];
}

const ak_kind *ak_train_config_kind(const akin_train_config *c)
{
    return c->kind ? c->kind : ak_kind_of(AKIN_DATA_UNKNOWN);
}

void ak_train_config_set_kind(akin_train_config *c, const ak_kind *kind) { c->kind = kind; }

static const akin_opt_desc *row_of(const akin_opt_desc *table, const char *name)
{
    for (; table && table->name; table++)
        if (strcmp(table->name, name) == 0) return table;
    return NULL;
}

const char *akin_train_config_get(const akin_train_config *c, const char *name)
{
    const int i = find(name);
    if (i < 0) return NULL;
    if (c->text[i]) return c->text[i];
    if (strcmp(name, "encoder") == 0 && c->kind && c->kind->encoder) return c->kind->encoder;
    const bool chooses = strcmp(name, "loss") == 0 || strcmp(name, "difficult") == 0;
    const akin_loss *loss = chooses ? NULL : ak_train_loss(c);
    const char *of_optimizer = ak_train_config_default(c, name);
    if (of_optimizer) return of_optimizer;
    const akin_opt_desc *of_loss = loss ? row_of(loss->opts, name) : NULL;
    return of_loss ? of_loss->fallback : akin_train_option_at(i)->fallback;
}

bool ak_train_config_applies(const akin_train_config *c, const char *name)
{
    if (!ak_train_config_fits(c, name)) return false;
    if (row_of(OWN, name)) return ak_train_config_needed(c, name) && ak_train_loss_uses(c, name);
    if (ak_kind_lists_option(ak_train_config_kind(c), name)) return true;
    return ak_train_loss_has(c, name);
}

static double real(const akin_train_config *c, const char *name)
{
    const char *text = akin_train_config_get(c, name);
    return text ? strtod(text, NULL) : 0;
}

/* A number that a preset of the kind decides, such as --augment. */
static akin_json *of_preset(const ak_data_opts *data, const akin_opt_desc *o)
{
    double value;
    char text[32];
    if (!data->kind->preset_value || !data->kind->preset_value(data, o->name, &value)) return NULL;
    if (o->type == AKIN_OPT_INT) return akin_json_int((int64_t)value);
    snprintf(text, sizeof text, "%.7g", value); /* as many digits as a float has */
    return akin_json_real(strtod(text, NULL));
}

akin_json *ak_train_config_json(const akin_train_config *c)
{
    akin_json *all = akin_json_object();
    const ak_option_reader from = ak_train_config_reader(c);
    ak_data_opts data;
    const bool resolved = ak_data_opts_read(ak_train_config_kind(c), &from, &data, NULL) == AKIN_OK;
    const akin_opt_desc *o;
    for (int i = 0; (o = akin_train_option_at(i)) != NULL; i++) {
        const char *text = akin_train_config_get(c, o->name);
        if (!ak_train_config_applies(c, o->name)) continue;
        akin_json *value = resolved && !c->text[i] ? of_preset(&data, o) : NULL;
        if (value)
            ; /* known */
        else if (!text)
            continue;
        else if (o->type == AKIN_OPT_INT)
            value = akin_json_int((int64_t)strtod(text, NULL));
        else if (o->type == AKIN_OPT_REAL)
            value = akin_json_real(strtod(text, NULL));
        else if (o->type == AKIN_OPT_FLAG)
            value = akin_json_bool(true);
        else
            value = akin_json_text(text);
        if (value) akin_json_put(all, o->name, value);
    }
    return all;
}

/* A JSON value as the text of a flag; false when it is no single value. */
static bool text_of(const akin_json *value, char *text, size_t size)
{
    if (akin_json_is_int(value))
        snprintf(text, size, "%lld", (long long)akin_json_as_int(value));
    else if (akin_json_is_real(value))
        snprintf(text, size, "%.17g", akin_json_as_real(value));
    else if (akin_json_is_text(value))
        snprintf(text, size, "%s", akin_json_as_text(value));
    else if (akin_json_as_bool(value))
        snprintf(text, size, "1");
    else
        return false;
    return true;
}

akin_status akin_train_config_load(akin_train_config *c, const char *path, akin_error *err)
{
    char *data = NULL;
    size_t bytes = 0;
    akin_json *root = NULL;
    akin_error why = { .message = "it is another value" };
    AK_TRY(akin_file_load(path, (size_t)16 << 20, &data, &bytes, err));
    akin_status status = akin_json_parse(data, bytes, path, AKIN_JSON_UNIQUE, &root, &why);
    free(data);
    if (status == AKIN_ERR_NOMEM) return ak_fail(err, status, "%s", why.message);
    if (status || !akin_json_is_object(root)) {
        akin_json_free(root);
        return ak_fail(err, AKIN_ERR_ARGUMENT, "'%s' is no JSON object of options (%s)", path, why.message);
    }
    akin_json *all =
        akin_json_is_object(akin_json_get(root, "config")) ? akin_json_get(root, "config") : root;
    const char *name;
    akin_json *value;
    AKIN_JSON_EACH(all, name, value)
    {
        if (akin_json_is_false(value) || akin_json_is_null(value) || akin_train_config_is_set(c, name))
            continue;
        char text[4096];
        if (!text_of(value, text, sizeof text))
            status = ak_fail(err, AKIN_ERR_ARGUMENT,
                             "'%s': the value of '%s' must be a number, a text or true", path, name);
        else
            status = akin_train_config_set(c, name, text, err);
        if (status) break;
    }
    akin_json_free(root);
    return status;
}

/* Typed values -------------------------------------------------------------------------------------------- */

/* Options that were set but that nothing chosen reads. */
akin_status ak_train_check_applies(const akin_train_config *c, akin_error *err)
{
    const akin_opt_desc *o;
    for (int i = 0; (o = akin_train_option_at(i)) != NULL; i++)
        if (c->text[i] && !ak_train_config_fits(c, o->name))
            return ak_fail(err, AKIN_ERR_ARGUMENT, "--%s is no option for %s, which the data are%s", o->name,
                           ak_train_config_kind(c)->name,
                           ak_train_config_kind(c) == ak_kind_of(AKIN_DATA_UNKNOWN)
                               ? ""
                               : "; --format may say otherwise");
        else if (c->text[i] && !row_of(OWN, o->name) && !ak_train_config_applies(c, o->name))
            return ak_fail(err, AKIN_ERR_ARGUMENT, "--%s is no parameter of the loss '%s'%s", o->name,
                           akin_train_config_get(c, "loss"),
                           ak_train_difficult(c) ? " with --difficult" : "");
    return AKIN_OK;
}

/* Which rows a step has. The loss decides between tuples of latent classes and pairs. */
static akin_status pairs_of(const akin_train_config *c, ak_train_settings *s, akin_error *err)
{
    static const char *const names[] = { "views", "group", "near", "latent", "given" }; /* as ak_pairing */
    const char *name = akin_train_config_get(c, "pairs");
    const bool tuples = s->loss->needs & AKIN_LOSS_TRIPLES, given = strcmp(name, "auto") != 0;
    s->pairing = tuples ? AK_PAIR_LATENT : AK_PAIR_VIEWS;
    for (int i = 0; i < 5; i++)
        if (strcmp(name, names[i]) == 0) s->pairing = (ak_pairing)i;
    const bool both = s->pairing == AK_PAIR_GIVEN; /* columns of the data make pairs or tuples */
    if (s->supervised && given)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "--loss cross-entropy takes no pairs; leave --pairs %s out",
                       name);
    if (!s->supervised && !both && tuples != (s->pairing == AK_PAIR_LATENT))
        return ak_fail(err, AKIN_ERR_ARGUMENT, "--loss %s takes %s", s->loss->name,
                       tuples ? "tuples of latent classes; leave --pairs out, or give --pairs latent"
                              : "pairs; --pairs latent is for curl-hinge and curl-logistic");
    if (s->supervised) s->pairing = AK_PAIR_SINGLE;
    s->window = (int64_t)real(c, "window");
    s->block = (int64_t)real(c, "block");
    s->negatives = (int64_t)real(c, "negatives");
    if (both && !tuples && !akin_train_config_is_set(c, "negatives")) s->negatives = 0;
    if (tuples && s->negatives < 1)
        return ak_fail(err, AKIN_ERR_RANGE, "--negatives is 0; --loss %s needs at least 1", s->loss->name);
    if (both && s->block > 1)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "--block is %lld; columns of the data give blocks of 1",
                       (long long)s->block);
    if (both && !tuples && s->negatives > 0 && strcmp(s->loss->name, "ntxent") != 0 &&
        strcmp(s->loss->name, "infonce") != 0 && strcmp(s->loss->name, "dcl") != 0)
        return ak_fail(err, AKIN_ERR_ARGUMENT,
                       "--loss %s takes no further negatives; ntxent, infonce, dcl and curl-* do",
                       s->loss->name);
    s->class_prior = akin_train_config_get(c, "class-prior");
    s->distinct = akin_train_config_is_set(c, "without-replacement");
    return AKIN_OK;
}

static void encoder_of(const akin_train_config *c, akin_encoder_opts *e)
{
    double choice = 0;
    e->name = akin_train_config_get(c, "encoder");
    e->width = (int32_t)real(c, "width");
    e->blocks = (int32_t)real(c, "blocks");
    e->stem_stride = (int32_t)real(c, "stem-stride");
    e->feature_grid = (int32_t)real(c, "feature-grid");
    e->head_hidden = (int32_t)real(c, "head-hidden");
    e->head_out = (int32_t)real(c, "head-out");
    e->head_batchnorm = strcmp(akin_train_config_get(c, "head-norm"), "batch") == 0;
    e->precision =
        strcmp(akin_train_config_get(c, "precision"), "bf16") == 0 ? AKIN_PRECISION_BF16 : AKIN_PRECISION_F32;
    const char *convolution = akin_train_config_get(c, "convolution");
    akin_opt_check(row_of(OWN, "convolution"), convolution, &choice,
                   NULL); /* in the order of akin_conv_algorithm */
    e->algorithm = (int32_t)choice;
}

/* A wrong name is told before any data is read. */
static akin_status check_encoder(const akin_train_config *c, const char *name, akin_error *err)
{
    const bool tokens = ak_train_config_kind(c)->tokens, front = ak_net_front_find(name) != NULL;
    if (tokens != front)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "--encoder %s does not read %s; %s", name,
                       ak_train_config_kind(c)->name,
                       tokens ? "take bag, gru or bigru" : "'--encoder list' tells those that do");
    if (front) return AKIN_OK;
    akin_encoder_opts named = AKIN_ENCODER_OPTS_INIT;
    akin_encoder_info info;
    named.name = name;
    return akin_encoder_describe(&named, 32, 32, 3, &info, err);
}

akin_status ak_train_settings_of(const akin_train_config *c, ak_train_settings *out, akin_error *err)
{
    ak_train_settings s = { .encoder = AKIN_ENCODER_OPTS_INIT };
    AK_TRY(ak_train_loss_of(c, &s, err));
    AK_TRY(pairs_of(c, &s, err));
    encoder_of(c, &s.encoder);
    if (s.supervised) { /* one linear layer on the features; as wide as there are classes, which the data says */
        s.encoder.head_hidden = 0;
        s.encoder.head_out = 1;
    }
    AK_TRY(check_encoder(c, s.encoder.name, err));
    AK_TRY(ak_train_update_of(c, &s.update, &s.schedule, err));
    AK_TRY(ak_train_data_of(c, &s, err));
    s.loss_precision = strcmp(akin_train_config_get(c, "loss-precision"), "bf16") == 0 ? AKIN_PRECISION_BF16
                                                                                       : AKIN_PRECISION_F32;
    s.epochs = (int64_t)real(c, "epochs");
    s.batch = (int64_t)real(c, "batch-size");
    AK_TRY(ak_train_visits_of(c, &s, err));
    s.log_every = (int64_t)real(c, "log-every");
    s.warn.std = real(c, "warn-std");
    s.warn.rank = real(c, "warn-rank");
    s.warn.chance = real(c, "warn-chance");
    s.checkpoint_every = (int64_t)real(c, "checkpoint-every");
    s.keep_every = (int64_t)real(c, "keep-every");
    s.seed = (uint64_t)real(c, "seed");
    s.workers = (int)real(c, "workers");
    *out = s;
    return AKIN_OK;
}
