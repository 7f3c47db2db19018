/* SPDX-License-Identifier: Apache-2.0 */
/* model/train_options.c - the list of all options of a run, from which flags, help, run.json and typed
 * values are made.
 *
 * It is the concatenation of this file's rows and the rows of the kinds of data and of the losses. A name
 * that several losses share stands in it once, and its default is that of the loss chosen. */
#include "model/train_options.h"

#include "akin/loss.h"
#include "akin/tool/dataset.h"
#include "akin/tool/train.h"
#include "loss/table.h"
#include "set/kinds.h"

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
    { "learn-temperature", AKIN_OPT_FLAG, NULL, NULL, 0, 0,
      "ntxent, infonce, sigmoid: the temperature, or the scale, is learned, from the one given on" },
    { "learn-bias", AKIN_OPT_FLAG, NULL, NULL, 0, 0, "sigmoid: its bias is learned, from the one given on" },
    { "matryoshka", AKIN_OPT_TEXT, NULL, "WIDTHS", 0, 0,
      "the loss on the leading columns of the projections too, such as 8,16,32: the mean of all" },
    { "predictor", AKIN_OPT_INT, NULL, "UNITS", 0, 65536,
      "predictor of simsiam, byol, matrix-ssl: hidden units; 0 = none [--head-out/4 or --head-hidden]" },
    { "pass-gradient", AKIN_OPT_FLAG, NULL, NULL, 0, 0, "simsiam: the targets have a gradient too; a trial" },
    { "temperature-rate", AKIN_OPT_REAL, "0.01", "X", 0, 10, "isogclr: rate of the items' temperatures" },
    { "temperature-shared", AKIN_OPT_FLAG, NULL, NULL, 0, 0,
      "isogclr: one temperature of all (FastCLIP v3)" },
    { "average-share-epochs", AKIN_OPT_REAL, "0", "E", 0, 1e6,
      "of FastCLIP: --average-share falls from 1, so long" },
    { "false-negatives", AKIN_OPT_REAL, "0", "SHARE", 0, 0.9,
      "sogclr, isogclr: share of negatives to leave out (GloFND)" },
    { "false-negatives-after", AKIN_OPT_REAL, "1", "E", 0, 1e6, "with --false-negatives: from then on" },
    { "threshold-rate", AKIN_OPT_REAL, "0.05", "X", 0, 10, "with --false-negatives: of the thresholds" },
    { "temperature-end", AKIN_OPT_REAL, NULL, "T", 1e-4, 1e4,
      "losses with a temperature: that of the last step; of a wave, its other end [as in the first]" },
    { "anneal", AKIN_OPT_CHOICE, "linear", "linear|cosine|wave", 0, 0,
      "the way there, over all steps; a wave goes there and back, along cosines" },
    { "anneal-period", AKIN_OPT_REAL, NULL, "EPOCHS", 0.01, 1e6,
      "of a wave: epochs until it is back [those of the run]" },
    { "pairs", AKIN_OPT_CHOICE, "auto", "auto|views|group|near|latent|given|value|listed", 0, 0,
      "positives: views of an item, its class or document, its neighbours there, latent classes, "
      "columns of the data, near values, or a file [views; text: given or group; series: near; curl-*: "
      "latent; "
      "--pair-file: listed]" },
    { "pair-file", AKIN_OPT_TEXT, NULL, "FILE", 0, 0,
      "pairs of items that are alike, or differ: lines of two names or numbers and perhaps a weight, or a "
      "sparse .npz" },
    { "window", AKIN_OPT_INT, "1", "PLACES", 1, 1e9, "with --pairs near: how far the positive may be" },
    { "value-noise", AKIN_OPT_REAL, "0.1", "SIGMA", 0, 1e6,
      "with --pairs value: the positive is nearest to an anchor's values with normal noise, in deviations" },
    { "block", AKIN_OPT_INT, "1", "B", 1, 1024,
      "with --pairs latent: items averaged to one positive or negative" },
    { "negatives", AKIN_OPT_INT, "1", "K", 0, 65536,
      "negatives of each anchor: drawn, with --pairs latent; of its columns, with given (0 if not set)" },
    { "class-prior", AKIN_OPT_TEXT, "empirical", "NAME|FILE", 0, 0,
      "with --pairs latent: empirical, uniform, or a file with one weight a class" },
    { "without-replacement", AKIN_OPT_FLAG, NULL, NULL, 0, 0,
      "with --pairs latent: the items of one anchor are all different" },
    { "epochs", AKIN_OPT_INT, "10", "N", 0, 1e6, "passes over the data; 0 = none" },
    { "recipe", AKIN_OPT_CHOICE, NULL, "none|auto|digits|grey|photos|faces|texture|medical|text|table", 0, 0,
      "what is not given [auto; of --config none]" },
    { "budget", AKIN_OPT_TEXT, NULL, "TIME", 0, 0, "in place of --epochs: 90s, 10m or 1h" },
    { "steps", AKIN_OPT_TEXT, NULL, "N", 0, 0,
      "in place of --epochs: so many steps; with ,STEP:N changed on the way, as --budget notes it" },
    { "batch-size", AKIN_OPT_INT, "256", "N", 2, 1048576,
      "items a step; with pairs, each gives two rows; halved for small data, where it is not given" },
    { "micro-batch", AKIN_OPT_INT, "0", "N", 0, 1048576,
      "items encoded at once, for batches larger than memory; loss and gradient are the batch's. 0 = all" },
    { "reproducible", AKIN_OPT_FLAG, NULL, NULL, 0, 0,
      "the same bits on any number of ranks: one order of all sums, in chunks (docs/cluster.md)" },
    { "batch-norm", AKIN_OPT_CHOICE, "chunk", "chunk|all", 0, 0,
      "statistics of batch norm: of each chunk, or of the whole step, over all ranks" },
    { "momentum-encoder", AKIN_OPT_REAL, "0", "M", 0, 0.9999999,
      "infonce: the keys are made by a moving average of the weights, such as 0.99; byol, matrix-ssl: the "
      "targets [0.99]; 0 = none" },
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
    { "init", AKIN_OPT_TEXT, NULL, "FILE|RUN", 0, 0,
      "images: begin with the weights of a run, or of a safetensors file with torchvision's names" },
    { "freeze", AKIN_OPT_TEXT, NULL, "PARTS", 0, 0,
      "with --init: parts that do not learn, such as stem,stage1, or backbone" },
    { "width", AKIN_OPT_INT, "0", "CHANNELS", 0, 4096,
      "channels of the encoder's first stage; 0 = as in the list" },
    { "blocks", AKIN_OPT_INT, "0", "N", 0, 64, "residual blocks a stage; 0 = as in the list" },
    { "stem-stride", AKIN_OPT_INT, "0", "N", 0, 2, "stride of the first convolution; 0 = as in the list" },
    { "heads", AKIN_OPT_INT, "0", "N", 0, 64, "vit-*: heads of attention; 0 = width / 64" },
    { "patch", AKIN_OPT_INT, "0", "N", 0, 64,
      "vit-*: pixels a side of a patch; 0 = 4, of images above 64 pixels 8, above 128 16" },
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
    { "format", AKIN_OPT_CHOICE, "auto", AKIN_DATA_FORMATS, 0, 0, "what the data is" },
    { "target", AKIN_OPT_CHOICE, "auto", "auto|label|group", 0, 0,
      "the classes: labels, or groups such as documents [groups for positives, labels to be told apart]" },
    { "warn-std", AKIN_OPT_REAL, "0.1", "X", 0, 1,
      "warn when the projections spread less than this share of the sphere; 0 = never" },
    { "warn-rank", AKIN_OPT_REAL, "1.1", "N", 0, 65536,
      "warn when they use fewer dimensions than this; 0 = never" },
    { "warn-chance", AKIN_OPT_REAL, "0.01", "SHARE", 0, 1,
      "warn when an epoch brings the loss less than this share of the way to its floor; 0 = never" },
    { "size", AKIN_OPT_INT, NULL, "PIXELS", 0, 4096,
      "resize and crop images to a square; 0 = as they are [what fits, where they differ in size]" },
    { "resize", AKIN_OPT_INT, NULL, "PIXELS", 1, 4096,
      "with --size: the shorter side becomes this before the middle is kept, such as 256 for 224 [--size]" },
    { "cache", AKIN_OPT_INT, NULL, "MIB", 0, 1e9,
      "images, or rows of .npy, in memory, the others are read anew; 0 = none [half of what is free; all "
      "rows]" },
    { "on-bad", AKIN_OPT_CHOICE, NULL, "stop|skip", 0, 0,
      "at an unreadable item: stop, or skip, count and list [skip in folders of images, else stop]" },
    { "max-bad", AKIN_OPT_REAL, "0.05", "FRACTION", 0, 1,
      "with --on-bad skip: stop when more than this is unreadable" },
    { "keep", AKIN_OPT_TEXT, NULL, "FILE", 0, 0, "learn from the items of a keep-list only (docs/data.md)" },
    { "seed", AKIN_OPT_INT, "0", "N", 0, 9007199254740992.0, "seed of everything random" },
    { NULL, AKIN_OPT_FLAG, NULL, NULL, 0, 0, NULL },
};

/* The list, made once: rows[0..count). Losses may share a name whose range or meaning differ: the row here
 * has them all, and the loss that is chosen says which are right. */
static akin_opt_desc rows[AK_MAX_TRAIN_OPTIONS];
static int count;
static pthread_once_t listed = PTHREAD_ONCE_INIT;

/* Widen a row by another of its name. */
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
    for (int i = 0; akin_loss_at(i) && t < 80; i++) tables[t++] = ak_loss_options_of(akin_loss_at(i));
    for (int i = 0; i < t; i++)
        for (const akin_opt_desc *o = tables[i]; o && o->name && count < AK_MAX_TRAIN_OPTIONS; o++) {
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

int ak_train_option_find(const char *name)
{
    const akin_opt_desc *o;
    for (int i = 0; (o = akin_train_option_at(i)) != NULL; i++)
        if (strcmp(o->name, name) == 0) return i;
    return -1;
}

const akin_opt_desc *ak_train_own_option(const char *name)
{
    for (const akin_opt_desc *o = OWN; o->name; o++)
        if (strcmp(o->name, name) == 0) return o;
    return NULL;
}

const char *ak_train_option_nearest(const char *name)
{
    const char *names[AK_MAX_TRAIN_OPTIONS + 1] = { NULL };
    const akin_opt_desc *o;
    for (int i = 0; (o = akin_train_option_at(i)) != NULL; i++) names[i] = o->name;
    return akin_nearest_name(name, names);
}
