/* SPDX-License-Identifier: Apache-2.0 */
/* model/foreign_look.c - which names, stem, width, channels and head the tensors of a file have. */
#include "model/foreign_look.h"

#include "akin/tool/json.h"

#include <stdio.h>
#include <string.h>

/* What akin_export() wrote ----------------------------------------------------------------------- */

bool ak_same_but_for_stem(const char *a, const char *b)
{
    static const char LARGE[] = "-large";
    const size_t n = strlen(a), m = strlen(b), l = sizeof LARGE - 1;
    const size_t x = n > l && strcmp(a + n - l, LARGE) == 0 ? n - l : n;
    const size_t y = m > l && strcmp(b + m - l, LARGE) == 0 ? m - l : m;
    return x == y && memcmp(a, b, x) == 0;
}

static akin_status read_images(ak_foreign *w, const akin_json *input, akin_error *err)
{
    ak_foreign_about *a = &w->about;
    double mean[AK_MAX_CHANNELS], std[AK_MAX_CHANNELS];
    int64_t height, width, channels, shorter;
    AK_TRY(akin_json_read_int(input, "height", 1, 4096, &height, err));
    AK_TRY(akin_json_read_int(input, "width", 1, 4096, &width, err));
    AK_TRY(akin_json_read_int(input, "channels", 1, AK_MAX_CHANNELS, &channels, err));
    AK_TRY(akin_json_read_reals(input, "mean", channels, mean, err));
    AK_TRY(akin_json_read_reals(input, "std", channels, std, err));
    if (!akin_json_get(input, "shorter_side"))
        shorter = height;
    else
        AK_TRY(akin_json_read_int(input, "shorter_side", 1, 4096, &shorter, err));
    for (int64_t c = 0; c < AK_MAX_CHANNELS; c++) {
        if (c < channels && !(mean[c] > -1e3 && mean[c] < 1e3 && std[c] > 1e-9 && std[c] < 1e3))
            return ak_fail(err, AKIN_ERR_RANGE, "mean or std of channel %lld is out of range", (long long)c);
        w->scale.mean[c] = c < channels ? (float)mean[c] : 0;
        w->scale.std[c] = c < channels ? (float)std[c] : 1;
    }
    a->height = (int32_t)height;
    a->image_width = (int32_t)width;
    a->shorter_side = (int32_t)shorter;
    a->channels = (int32_t)channels;
    a->scale = &w->scale;
    return AKIN_OK;
}

/* A number that older files have not. */
static akin_status read_number(const akin_json *root, const char *name, int32_t *out, akin_error *err)
{
    int64_t value = 0;
    if (akin_json_get(root, name)) AK_TRY(akin_json_read_int(root, name, 0, 4096, &value, err));
    *out = (int32_t)value;
    return AKIN_OK;
}

static akin_status read_members(ak_foreign *w, const akin_json *root, bool *images, akin_error *err)
{
    const char *encoder, *kind;
    ak_foreign_about *a = &w->about;
    AK_TRY(akin_json_read_text(root, "encoder", &encoder, err));
    AK_TRY(akin_json_read_text(root, "input.kind", &kind, err));
    if (!*encoder || strlen(encoder) >= sizeof w->encoder)
        return ak_fail(err, AKIN_ERR_RANGE, "there is no encoder '%.100s'", encoder);
    snprintf(w->encoder, sizeof w->encoder, "%s", encoder);
    *images = strcmp(kind, "images") == 0;
    if (!*images) return AKIN_OK;
    AK_TRY(read_number(root, "blocks", &a->blocks, err));
    AK_TRY(read_number(root, "stem_stride", &a->stem_stride, err));
    AK_TRY(read_number(root, "grid", &a->grid, err));
    return read_images(w, akin_json_get(root, "input"), err);
}

/* *encoder: what the caller named, or NULL; then what the file is of. */
static akin_status read_metadata(ak_foreign *w, const char **encoder, akin_error *err)
{
    const char *text = ak_tensor_file_metadata(w->file, "akin");
    akin_json *root = NULL;
    akin_error why;
    bool images = true;
    if (text && *text == '{') { /* a checkpoint has the version of akin there */
        akin_status status = akin_json_parse(text, strlen(text), "metadata", 0, &root, &why);
        if (!status) status = read_members(w, root, &images, &why);
        akin_json_free(root);
        if (status == AKIN_ERR_NOMEM) return ak_no_memory(err, "for the metadata of '%s'", w->path);
        if (status)
            return ak_fail(err, AKIN_ERR_FORMAT, "'%s' is damaged: what its metadata tell under 'akin': %s",
                           w->path, why.message);
    }
    if (!images)
        return ak_fail(
            err, AKIN_ERR_UNSUPPORTED,
            "'%s' is of %s, which was not trained on images; weights are taken from networks on images",
            w->path, w->encoder);
    if (*encoder && *w->encoder && !ak_same_but_for_stem(*encoder, w->encoder))
        return ak_fail(err, AKIN_ERR_ARGUMENT, "--encoder is %s, and '%s' is of %s; leave --encoder out",
                       *encoder, w->path, w->encoder);
    if (!*encoder && *w->encoder) *encoder = w->encoder;
    if (*encoder) return AKIN_OK;
    return ak_fail(err, AKIN_ERR_ARGUMENT,
                   "'%s' does not say which network it is of; name it, such as --encoder resnet18", w->path);
}

/* What the tensors tell -------------------------------------------------------------------------- */

/* Families of encoders, and their first layer in akin's own names. */
static const struct {
    const char *begins, *first;
} FAMILIES[] = {
    { "resnet", "stem.conv.weight" },       { "vgg", "stage1.block0.conv.weight" },
    { "cnn", "stage1.block0.conv.weight" }, { "mlp", "hidden1.weight" },
    { "linear", "linear.weight" },
};

static const char *first_of(const char *encoder)
{
    for (size_t i = 0; i < sizeof FAMILIES / sizeof *FAMILIES; i++)
        if (strncmp(encoder, FAMILIES[i].begins, strlen(FAMILIES[i].begins)) == 0) return FAMILIES[i].first;
    return NULL;
}

static void theirs(const char *ours, ak_weight_form form, char name[AK_WEIGHT_NAME])
{
    const akin_tensor t = { .name = ours };
    ak_weight_name found;
    ak_weight_names(&t, 1, form, &found);
    memcpy(name, found.name, AK_WEIGHT_NAME);
}

/* The length of the prefix, which ends in a dot, of a tensor with that name; -1: it has another. */
static int prefix_of(const ak_tensor_in *t, const char *name, int ndim)
{
    const size_t n = strlen(name), m = strlen(t->name);
    if (t->ndim != ndim || m < n || strcmp(t->name + m - n, name) != 0) return -1;
    if (m > n && (t->name[m - n - 1] != '.' || m - n >= AK_WEIGHT_NAME)) return -1;
    const char *inner = strstr(t->name, "layer"); /* "layer1.0.conv1" is no stem */
    return inner && inner < t->name + m - n ? -1 : (int)(m - n);
}

static bool has(const ak_tensor_file *f, const char *prefix, int bytes, const char *name)
{
    char full[AK_FOREIGN_NAME];
    snprintf(full, sizeof full, "%.*s%s", bytes, prefix, name);
    return ak_tensor_file_find(f, full) != NULL;
}

/* nn.Sequential(*resnet.children()): conv1 is 0 and bn1 is 1, and layer1 is 4, or less where the ReLU or the
 * pooling in front of it is no module. */
static int first_child(const ak_tensor_file *f, const char *prefix, int bytes)
{
    char name[32];
    for (int child = 2; child <= 4; child++) {
        snprintf(name, sizeof name, "%d.0.conv1.weight", child);
        if (has(f, prefix, bytes, name)) return child;
    }
    return 0;
}

/* Networks that follow another with a moving average: of MoCo, BYOL and their kind. */
static bool is_average(const char *prefix)
{
    static const char *const WORDS[] = { "momentum", "target", "encoder_k.", "key_encoder.", "ema.", "ema_" };
    for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++)
        if (strstr(prefix, WORDS[i])) return true;
    return false;
}

typedef struct network {
    const ak_tensor_in *first; /* NULL: there is none */
    char prefix[AK_WEIGHT_NAME];
} network;

/* The networks of a file whose first tensor has that name. */
typedef struct networks {
    network one, average; /* the first of each */
    int ones, averages;
    char list[300]; /* their prefixes */
} networks;

static void add_network(networks *all, const ak_tensor_in *t, int bytes)
{
    char prefix[AK_WEIGHT_NAME];
    snprintf(prefix, sizeof prefix, "%.*s", bytes, t->name);
    const bool average = is_average(prefix);
    network *to = average ? &all->average : &all->one;
    if (!to->first) {
        to->first = t;
        memcpy(to->prefix, prefix, sizeof to->prefix);
    }
    if (average)
        all->averages++;
    else
        all->ones++;
    const size_t at = strlen(all->list);
    snprintf(all->list + at, sizeof all->list - at, "%s'%s'", at ? ", " : "", prefix);
}

static bool is_asked(const char *asked, const char *prefix, int bytes)
{
    const size_t n = asked ? strlen(asked) : 0;
    if (!asked) return true;
    const size_t given = n && asked[n - 1] != '.' ? n + 1 : n; /* with its dot */
    return given == (size_t)bytes && strncmp(asked, prefix, n) == 0;
}

/* A network without a prefix is the one, and of those of akin the one with the shortest: a checkpoint has
 * averages and optimisers behind longer ones. second: another tensor that it has, so that a convolution of
 * something else is none; NULL = not asked; "" = a Sequential. */
static networks find_networks(const ak_foreign *w, const char *name, int ndim, const char *second,
                              const char *asked)
{
    networks all = { .ones = 0 };
    const ak_tensor_in *t;
    int least = AK_WEIGHT_NAME;
    for (int64_t i = 0; !asked && (t = ak_tensor_file_at(w->file, i)) != NULL; i++) {
        const int bytes = prefix_of(t, name, ndim);
        if (bytes >= 0 && bytes < least) least = bytes;
    }
    const bool shortest = !asked && (least == 0 || w->form == AK_WEIGHTS_OURS);
    for (int64_t i = 0; (t = ak_tensor_file_at(w->file, i)) != NULL; i++) {
        const int bytes = prefix_of(t, name, ndim);
        if (bytes < 0 || (shortest && bytes != least) || !is_asked(asked, t->name, bytes)) continue;
        if (second &&
            !(*second ? has(w->file, t->name, bytes, second) : first_child(w->file, t->name, bytes) > 0))
            continue;
        add_network(&all, t, bytes);
    }
    return all;
}

static const ak_tensor_in *with_prefix(const ak_foreign *w, const char *name)
{
    char full[AK_FOREIGN_NAME];
    snprintf(full, sizeof full, "%s%s", w->prefix, name);
    return ak_tensor_file_find(w->file, full);
}

const char *ak_foreign_name(const ak_foreign *w, const char *name, char full[AK_FOREIGN_NAME])
{
    const char *rest = strchr(name, '.');
    int child = -1;
    if (w->first_child && strncmp(name, "conv1.", 6) == 0) child = 0;
    if (w->first_child && strncmp(name, "bn1.", 4) == 0) child = 1;
    if (w->first_child && strncmp(name, "layer", 5) == 0 && name[5] >= '1' && name[5] <= '4')
        child = w->first_child + (name[5] - '1');
    if (child < 0)
        snprintf(full, AK_FOREIGN_NAME, "%s%s", w->prefix, name);
    else
        snprintf(full, AK_FOREIGN_NAME, "%s%d%s", w->prefix, child, rest);
    return full;
}

/* Look for a network by the name of its first tensor; *first stays NULL where there is none. */
static akin_status take_network(ak_foreign *w, const char *name, int ndim, const char *second,
                                const char *asked, const ak_tensor_in **first, akin_error *err)
{
    networks all = find_networks(w, name, ndim, second, asked);
    if (second && *second && !all.ones && !all.averages) /* to tell which tensor is not there */
        all = find_networks(w, name, ndim, NULL, asked);
    if (all.ones > 1 || (!all.ones && all.averages > 1))
        return ak_fail(err, AKIN_ERR_ARGUMENT,
                       "'%s' holds %d networks, behind %s; choose one with akin import --prefix NAME",
                       w->path, all.ones + all.averages, all.list);
    const network *found = all.ones ? &all.one : &all.average;
    if (!found->first) return AKIN_OK;
    *first = found->first;
    memcpy(w->prefix, found->prefix, sizeof w->prefix);
    if (all.ones && all.averages) memcpy(w->other, all.average.prefix, sizeof w->other);
    if (second && !*second) w->first_child = first_child(w->file, w->prefix, (int)strlen(w->prefix));
    return AKIN_OK;
}

/* To show whose names a file has. */
static const ak_tensor_in *some_convolution(const ak_tensor_file *f)
{
    const ak_tensor_in *t;
    for (int64_t i = 0; (t = ak_tensor_file_at(f, i)) != NULL; i++)
        if (t->ndim == 4) return t;
    return ak_tensor_file_at(f, 0);
}

static akin_status find_form(ak_foreign *w, const char *encoder, const char *asked,
                             const ak_tensor_in **first, akin_error *err)
{
    const char *ours = first_of(encoder);
    char name[AK_WEIGHT_NAME] = "";
    if (!ours)
        return ak_fail(
            err, AKIN_ERR_ARGUMENT,
            "--encoder %s takes no weights from a file; the ResNets, vgg16, cnn4, mlp and linear do",
            encoder);
    const int ndim = strcmp(ours, "hidden1.weight") == 0 || strcmp(ours, "linear.weight") == 0 ? 2 : 4;
    w->form = AK_WEIGHTS_OURS; /* first: "stage1.block0.conv1" ends as a name of torchvision's does */
    AK_TRY(take_network(w, ours, ndim, NULL, asked, first, err));
    theirs(ours, ak_weight_form_of(encoder), name);
    if (!*first) {
        w->form = ak_weight_form_of(encoder);
        const bool resnet = w->form == AK_WEIGHTS_RESNET;
        if (resnet) AK_TRY(take_network(w, "0.weight", 4, "", asked, first, err));
        if (!*first)
            AK_TRY(take_network(w, name, ndim, resnet ? "layer1.0.conv1.weight" : NULL, asked, first, err));
    }
    w->about.names = w->form == AK_WEIGHTS_PLAIN || w->form == AK_WEIGHTS_OURS ? "akin's" : "torchvision's";
    const ak_tensor_in *any = some_convolution(w->file);
    const char *dot = asked && *asked && asked[strlen(asked) - 1] != '.' ? "." : "";
    if (!*first)
        return ak_fail(err, AKIN_ERR_INPUT,
                       "'%s' has no tensor '%s%s%s' of %d dimensions, the first of %s: it is of another "
                       "network%s%.200s%s",
                       w->path, asked ? asked : "", dot, name, ndim, encoder, any ? "; it has '" : "",
                       any ? any->name : "", any ? "'" : "");
    if (w->form == AK_WEIGHTS_VGG_BN && !with_prefix(w, "features.1.running_mean")) w->form = AK_WEIGHTS_VGG;
    return AKIN_OK;
}

/* The row of the table with the stem of the file: "resnet50" and "resnet50-large" differ in it only. */
static akin_status find_encoder(ak_foreign *w, const char *encoder, const ak_tensor_in *first,
                                akin_error *err)
{
    static const char LARGE[] = "-large";
    ak_foreign_about *a = &w->about;
    const size_t n = strlen(encoder), m = sizeof LARGE - 1;
    const bool large = n > m && strcmp(encoder + n - m, LARGE) == 0;
    const int base = (int)(large ? n - m : n);
    if (n + m >= sizeof a->encoder) return ak_fail(err, AKIN_ERR_RANGE, "there is no encoder '%s'", encoder);
    snprintf(a->encoder, sizeof a->encoder, "%s", encoder);
    const bool resnet = strncmp(encoder, "resnet", 6) == 0;
    if (resnet && first->ndim == 4 && strcmp(encoder, "resnet-s") != 0)
        snprintf(a->encoder, sizeof a->encoder, "%.*s%s", base, encoder, first->shape[2] == 7 ? LARGE : "");
    akin_encoder_opts opts = AKIN_ENCODER_OPTS_INIT;
    akin_encoder_info as_listed = AKIN_ENCODER_INFO_INIT, found = AKIN_ENCODER_INFO_INIT;
    opts.name = a->encoder;
    AK_TRY(akin_encoder_describe(&opts, 64, 64, 3, &as_listed, err));
    if (first->shape[0] < 1 || first->shape[0] > 4096) return AKIN_OK; /* its shape will be told */
    opts.width = (int32_t)first->shape[0];
    AK_TRY(akin_encoder_describe(&opts, 64, 64, 3, &found, err));
    a->width = found.parameters == as_listed.parameters ? 0 : opts.width;
    return AKIN_OK;
}

static int32_t side(const ak_tensor_in *t, int i)
{
    return t && i < t->ndim && t->shape[i] > 0 && t->shape[i] <= 65536 ? (int32_t)t->shape[i] : 0;
}

static void find_head(ak_foreign *w)
{
    ak_foreign_about *a = &w->about;
    const ak_tensor_in *one = with_prefix(w, "head.linear1.weight"),
                       *two = with_prefix(w, "head.linear2.weight");
    a->head_norm = with_prefix(w, "head.bn.weight") != NULL;
    a->head_hidden = two ? side(one, 0) : 0;
    a->head_out = side(two ? two : one, 0);
}

akin_status ak_foreign_look(ak_foreign *w, const char *encoder, const char *prefix, akin_error *err)
{
    const ak_tensor_in *first = NULL;
    AK_TRY(read_metadata(w, &encoder, err));
    AK_TRY(find_form(w, encoder, prefix, &first, err));
    AK_TRY(find_encoder(w, encoder, first, err));
    if (first->ndim == 4)
        w->about.channels = side(first, 1) <= AK_MAX_CHANNELS ? side(first, 1) : 0;
    else
        w->about.inputs = first->shape[1];
    find_head(w);
    return AKIN_OK;
}

/* The rest --------------------------------------------------------------------------------------- */

static bool of_backbone(const ak_foreign *w, const char *name)
{
    static const char *const RESNET[] = { "conv1.", "bn1.", "layer", NULL },
                             *const VGG[] = { "features.", NULL },
                             *const PLAIN[] = { "features.", "hidden.", "linear.", NULL },
                             *const OURS[] = { "stem.", "stage", "hidden", "linear.", NULL };
    const char *const *begins = w->form == AK_WEIGHTS_RESNET  ? RESNET
                                : w->form == AK_WEIGHTS_PLAIN ? PLAIN
                                : w->form == AK_WEIGHTS_OURS  ? OURS
                                                              : VGG;
    if (w->first_child && name[0] >= '0' && name[0] <= '9' && name[1] == '.') {
        const int child = name[0] - '0';
        return child < 2 || (child >= w->first_child && child < w->first_child + 4);
    }
    for (; *begins; begins++)
        if (strncmp(name, *begins, strlen(*begins)) == 0) return true;
    return false;
}

akin_status ak_foreign_rest(const ak_foreign *w, const unsigned char *used, ak_remarks *told, akin_error *err)
{
    enum { SHOWN = 6 };
    char list[400] = "";
    const ak_tensor_in *t;
    int left = 0;
    for (int64_t i = 0; (t = ak_tensor_file_at(w->file, i)) != NULL; i++) {
        const char *end = strrchr(t->name, '.');
        if (used[i] || (end && strcmp(end, ".num_batches_tracked") == 0)) continue;
        const size_t prefix = strlen(w->prefix);
        const bool inside = strncmp(t->name, w->prefix, prefix) == 0;
        if (inside && of_backbone(w, t->name + prefix))
            return ak_fail(err, AKIN_ERR_INPUT,
                           "'%s' has a tensor '%.200s', which %s has not: it is of another network", w->path,
                           t->name, w->about.encoder);
        if (*w->other && strncmp(t->name, w->other, strlen(w->other)) == 0) continue;
        const size_t at = strlen(list);
        if (left++ < SHOWN) snprintf(list + at, sizeof list - at, "%s%.50s", at ? ", " : "", t->name);
    }
    if (w->first_child)
        ak_remark(told, "Its layers are the children of a Sequential: %d is layer1.", w->first_child);
    if (*w->other)
        ak_remark(told, "The network behind '%s', by its name a moving average, is not taken.", w->other);
    if (left) ak_remark(told, "Not taken from the file: %s%s.", list, left > SHOWN ? " and others" : "");
    return AKIN_OK;
}
