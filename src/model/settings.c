/* SPDX-License-Identifier: Apache-2.0 */
/* model/settings.c - the configuration of a run as typed values; what contradicts each other is told. */
#include "model/settings.h"

#include "base/base.h"
#include "model/config_rules.h"
#include "model/net.h"
#include "model/settings_groups.h"
#include "model/train_options.h"

#include <string.h>

akin_status ak_train_check_negatives(const ak_train_settings *s, akin_error *err)
{
    const char *loss = s->loss->name;
    if (s->negatives == 0 || s->loss->needs & AKIN_LOSS_TRIPLES || strcmp(loss, "ntxent") == 0 ||
        strcmp(loss, "infonce") == 0 || strcmp(loss, "dcl") == 0)
        return AKIN_OK;
    return ak_fail(err, AKIN_ERR_ARGUMENT,
                   "--loss %s takes no further negatives; ntxent, infonce, dcl and curl-* do", loss);
}

/* Are the pairs of a file, if there is one, read by anything? */
static akin_status check_pair_file(const ak_train_settings *s, akin_error *err)
{
    const bool listed = s->pairing == AK_PAIR_LISTED;
    if (listed && !s->pair_file)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "--pairs listed needs --pair-file FILE, the pairs");
    if (!s->pair_file || (!s->supervised && (listed || s->loss->needs & AKIN_LOSS_LINKS))) return AKIN_OK;
    return ak_fail(err, AKIN_ERR_ARGUMENT,
                   "--pair-file is of --pairs listed, or of --loss xclr; nothing else reads pairs of a file");
}

/* What the positives are. The loss decides between pairs and tuples of latent classes. */
static akin_status pairs_of(const akin_train_config *c, ak_train_settings *s, akin_error *err)
{
    static const char *const names[] = {
        [AK_PAIR_VIEWS] = "views",   [AK_PAIR_GROUP] = "group", [AK_PAIR_NEAR] = "near",
        [AK_PAIR_LATENT] = "latent", [AK_PAIR_GIVEN] = "given", [AK_PAIR_VALUE] = "value",
        [AK_PAIR_LISTED] = "listed"
    };
    const char *name = akin_train_config_get(c, "pairs");
    const bool tuples = s->loss->needs & AKIN_LOSS_TRIPLES, given = strcmp(name, "auto") != 0;
    s->pairing = tuples ? AK_PAIR_LATENT : AK_PAIR_VIEWS;
    s->pair_file = akin_train_config_is_set(c, "pair-file") ? akin_train_config_get(c, "pair-file") : NULL;
    if (s->pair_file && !tuples && !given) s->pairing = AK_PAIR_LISTED;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i]) == 0) s->pairing = (ak_pairing)i;
    AK_TRY(check_pair_file(s, err));
    const bool both = s->pairing == AK_PAIR_GIVEN; /* columns of the data may make either */
    if (s->supervised && given)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "--loss cross-entropy takes no pairs; leave --pairs %s out",
                       name);
    if (!s->supervised && !both && tuples != (s->pairing == AK_PAIR_LATENT))
        return ak_fail(err, AKIN_ERR_ARGUMENT, "--loss %s takes %s", s->loss->name,
                       tuples ? "tuples of latent classes; leave --pairs out, or give --pairs latent"
                              : "pairs; --pairs latent is for curl-hinge and curl-logistic");
    if (s->supervised) s->pairing = AK_PAIR_SINGLE;
    s->window = (int64_t)ak_config_number(c, "window");
    s->value_noise = ak_config_number(c, "value-noise");
    s->block = (int64_t)ak_config_number(c, "block");
    s->negatives = (int64_t)ak_config_number(c, "negatives");
    if (both && !tuples && !akin_train_config_is_set(c, "negatives")) s->negatives = 0;
    if (tuples && s->negatives < 1)
        return ak_fail(err, AKIN_ERR_RANGE, "--negatives is 0; --loss %s needs at least 1", s->loss->name);
    if (both && s->block > 1)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "--block is %lld; columns of the data give blocks of 1",
                       (long long)s->block);
    if (both) AK_TRY(ak_train_check_negatives(s, err));
    s->class_prior = akin_train_config_get(c, "class-prior");
    s->distinct = akin_train_config_is_set(c, "without-replacement");
    return AKIN_OK;
}

static void encoder_of(const akin_train_config *c, akin_encoder_opts *e)
{
    static const char *const algorithms[] = {
        [AKIN_CONV_AUTO] = "auto", [AKIN_CONV_DIRECT] = "direct", [AKIN_CONV_WINOGRAD] = "winograd", NULL
    };
    e->name = akin_train_config_get(c, "encoder");
    e->width = (int32_t)ak_config_number(c, "width");
    e->blocks = (int32_t)ak_config_number(c, "blocks");
    e->stem_stride = (int32_t)ak_config_number(c, "stem-stride");
    e->heads = (int32_t)ak_config_number(c, "heads");
    e->patch = (int32_t)ak_config_number(c, "patch");
    e->feature_grid = (int32_t)ak_config_number(c, "feature-grid");
    e->head_hidden = (int32_t)ak_config_number(c, "head-hidden");
    e->head_out = (int32_t)ak_config_number(c, "head-out");
    e->head_batchnorm = strcmp(akin_train_config_get(c, "head-norm"), "batch") == 0;
    e->precision =
        strcmp(akin_train_config_get(c, "precision"), "bf16") == 0 ? AKIN_PRECISION_BF16 : AKIN_PRECISION_F32;
    e->freeze = akin_train_config_is_set(c, "freeze") ? akin_train_config_get(c, "freeze") : NULL;
    e->algorithm = ak_config_choice(c, "convolution", algorithms);
}

/* Tell a wrong name before any data are read. */
static akin_status check_encoder(const akin_train_config *c, const char *name, akin_error *err)
{
    const bool tokens = ak_train_config_kind(c)->tokens, front = ak_net_front_find(name) != NULL;
    if (tokens != front)
        return ak_fail(
            err, AKIN_ERR_ARGUMENT, "--encoder %s does not read %s; %s", name, ak_train_config_kind(c)->name,
            tokens ? "take bag, gru, bigru or transformer" : "'--encoder list' tells those that do");
    if (front) return AKIN_OK;
    akin_encoder_opts named = AKIN_ENCODER_OPTS_INIT;
    akin_encoder_info info = AKIN_ENCODER_INFO_INIT;
    named.name = name;
    const bool flat = ak_train_config_kind(c)->series_encoder != NULL; /* rows may be 1 high */
    return akin_encoder_describe(&named, flat ? 1 : 32, 32, 3, &info, err);
}

akin_status ak_train_settings_of(const akin_train_config *c, ak_train_settings *out, akin_error *err)
{
    ak_train_settings s = { .encoder = AKIN_ENCODER_OPTS_INIT };
    AK_TRY(ak_settings_loss(c, &s, err));
    AK_TRY(pairs_of(c, &s, err));
    encoder_of(c, &s.encoder);
    if (s.supervised) { /* one linear layer on the features; the data will say how many classes there are */
        s.encoder.head_hidden = 0;
        s.encoder.head_out = 1;
    }
    if (s.encoder.freeze && !akin_train_config_is_set(c, "init"))
        return ak_fail(err, AKIN_ERR_ARGUMENT,
                       "--freeze needs --init: weights that were drawn would stay drawn");
    AK_TRY(check_encoder(c, s.encoder.name, err));
    AK_TRY(ak_settings_update(c, &s, err));
    AK_TRY(ak_settings_steps(c, &s, err));
    AK_TRY(ak_settings_data(c, &s, err));
    s.loss_precision = strcmp(akin_train_config_get(c, "loss-precision"), "bf16") == 0 ? AKIN_PRECISION_BF16
                                                                                       : AKIN_PRECISION_F32;
    s.epochs = (int64_t)ak_config_number(c, "epochs");
    s.batch = (int64_t)ak_config_number(c, "batch-size");
    AK_TRY(ak_settings_visits(c, &s, err));
    s.log_every = (int64_t)ak_config_number(c, "log-every");
    s.warn.std = ak_config_number(c, "warn-std");
    s.warn.rank = ak_config_number(c, "warn-rank");
    s.warn.chance = ak_config_number(c, "warn-chance");
    s.checkpoint_every = (int64_t)ak_config_number(c, "checkpoint-every");
    s.keep_every = (int64_t)ak_config_number(c, "keep-every");
    s.seed = (uint64_t)ak_config_number(c, "seed");
    s.workers = (int)ak_config_number(c, "workers");
    *out = s;
    return AKIN_OK;
}
