/* SPDX-License-Identifier: Apache-2.0 */
/* model/weight_names.c - from the name of a tensor to the one that it has elsewhere (weight_names.h). */
#include "model/weight_names.h"

#include "base/base.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Of a layer, the ending (".weight") left off. # and @ stand for numbers, and * for the module of a
 * Sequential. */
static const struct {
    const char *ours, *theirs;
    bool resnet;
} ROWS[] = {
    { "stem.conv", "conv1", true },
    { "stem.conv.bn", "bn1", true },
    { "stage#.block@.conv%", "layer#.@.conv%", true },
    { "stage#.block@.conv%.bn", "layer#.@.bn%", true },
    { "stage#.block@.shortcut", "layer#.@.downsample.0", true },
    { "stage#.block@.shortcut.bn", "layer#.@.downsample.1", true },
    { "stage#.block@.conv", "features.*", false },
    { "stage#.block@.conv.bn", "features.*", false },
    { "hidden#", "hidden.*", false },
    { "hidden#.bn", "hidden.*", false },
};
enum { N_ROWS = sizeof ROWS / sizeof *ROWS, WILD = 3 };
static const char WILDS[] = "#@%";
static const double EPSILON = 1e-5; /* of every batch norm, ours and theirs */

ak_weight_form ak_weight_form_of(const char *encoder)
{
    if (strncmp(encoder, "resnet", 6) == 0) return AK_WEIGHTS_RESNET;
    if (strcmp(encoder, "conv1d") == 0 || strcmp(encoder, "resnet1d") == 0) return AK_WEIGHTS_OURS;
    return strncmp(encoder, "vgg", 3) == 0 ? AK_WEIGHTS_VGG_BN : AK_WEIGHTS_PLAIN;
}

/* The numbers in a name that a pattern leaves open; false when it is another name. */
static bool match(const char *pattern, const char *name, size_t bytes, int number[WILD])
{
    const char *end = name + bytes;
    for (; *pattern; pattern++) {
        const char *wild = strchr(WILDS, *pattern);
        if (!wild) {
            if (name == end || *name++ != *pattern) return false;
            continue;
        }
        if (name == end || *name < '0' || *name > '9') return false;
        int *n = &number[wild - WILDS];
        for (*n = 0; name < end && *name >= '0' && *name <= '9'; name++) *n = *n * 10 + (*name - '0');
    }
    return name == end;
}

static void fill(const char *pattern, const int number[WILD], int module, char to[AK_WEIGHT_NAME])
{
    size_t used = 0;
    to[0] = 0;
    for (; *pattern && used + 12 < AK_WEIGHT_NAME; pattern++) {
        const char *wild = strchr(WILDS, *pattern);
        if (wild || *pattern == '*')
            used += (size_t)snprintf(to + used, AK_WEIGHT_NAME - used, "%d",
                                     wild ? number[wild - WILDS] : module);
        else
            to[used++] = *pattern;
        to[used] = 0;
    }
}

/* Where a layer stands in the Sequential: `before` layers and `pools` poolings lie in front of it. */
static int module_of(int before, int pools, bool norms, bool norm)
{
    return before * (norms ? 3 : 2) + pools + (norm ? 1 : 0);
}

typedef struct walk {
    ak_weight_form form;
    int layers; /* of the Sequential, before and with the one at hand */
} walk;

/* The layer of a name elsewhere, and the module in front of a batch norm; false: the name is ours. */
static bool layer_of(walk *w, const char *ours, size_t bytes, const char *ending, bool *norm,
                     char layer[AK_WEIGHT_NAME], char before[AK_WEIGHT_NAME])
{
    for (int i = 0; i < N_ROWS; i++) {
        int number[WILD] = { 0 };
        if (ROWS[i].resnet != (w->form == AK_WEIGHTS_RESNET)) continue;
        if (!match(ROWS[i].ours, ours, bytes, number)) continue;
        *norm = bytes > 3 && memcmp(ours + bytes - 3, ".bn", 3) == 0;
        if (!*norm && strcmp(ending, "weight") == 0) w->layers++;
        const int pools = ours[0] == 's' ? number[0] - 1 : 0;
        const bool norms = w->form != AK_WEIGHTS_VGG;
        fill(ROWS[i].theirs, number, module_of(w->layers - 1, pools, norms, *norm && norms), layer);
        fill(ROWS[i].theirs, number, module_of(w->layers - 1, pools, norms, false), before);
        return true;
    }
    return false;
}

static void name_of(walk *w, const char *ours, ak_weight_name *out)
{
    const char *dot = strrchr(ours, '.');
    char layer[AK_WEIGHT_NAME], before[AK_WEIGHT_NAME];
    bool norm = false;
    *out = (ak_weight_name){ .value = 0 };
    const bool known = dot && w->form != AK_WEIGHTS_OURS &&
                       layer_of(w, ours, (size_t)(dot - ours), dot + 1, &norm, layer, before);
    if (!known) {
        snprintf(out->name, sizeof out->name, "%s", ours);
        return;
    }
    if (norm && w->form == AK_WEIGHTS_VGG && strcmp(dot, ".bias") != 0) {
        const bool mean = strcmp(dot, ".running_mean") == 0, var = strcmp(dot, ".running_var") == 0;
        out->value = mean ? 0 : var ? 1 : sqrt(1 + EPSILON);
        return;
    }
    snprintf(out->name, sizeof out->name, "%.80s%s", layer, dot);
    if (norm && w->form == AK_WEIGHTS_VGG_BN && strcmp(dot, ".running_mean") == 0)
        snprintf(out->less, sizeof out->less, "%.80s.bias", before);
}

void ak_weight_names(const akin_tensor *tensors, int64_t count, ak_weight_form form, ak_weight_name *names)
{
    walk w = { .form = form };
    for (int64_t i = 0; i < count; i++) name_of(&w, tensors[i].name, &names[i]);
}
