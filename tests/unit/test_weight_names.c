/* SPDX-License-Identifier: Apache-2.0 */
/* The names of tensors elsewhere: those of torchvision's ResNets and VGG-16, written down here as torchvision
 * 0.29 lists them, and every encoder's are different and keep their shapes. tests/cli/import.sh compares with
 * torchvision itself, where it is installed. */
#include "base/base.h"
#include "model/weight_names.h"
#include "nn/tensors.h"
#include "test.h"

static akin_error err;

typedef struct listed {
    akin_encoder *e;
    const akin_tensor *t;
    int64_t n;
    ak_weight_name *name;
} listed;

static listed list(const char *encoder, ak_weight_form form)
{
    akin_encoder_opts o = AKIN_ENCODER_OPTS_INIT;
    listed l = { .n = 0 };
    o.name = encoder;
    if (strncmp(encoder, "identity", 8) != 0) /* names do not depend on it */
        o.width = strncmp(encoder, "vit-", 4) == 0 ? 16 : 4;
    CHECK_OK(akin_encoder_create(&o, 2, strstr(encoder, "1d") ? 1 : 32, 32, 3, &l.e, &err));
    l.t = ak_encoder_tensors(l.e, &l.n);
    l.name = calloc((size_t)l.n, sizeof *l.name);
    ak_weight_names(l.t, l.n, form, l.name);
    return l;
}

static void drop(listed *l)
{
    free(l->name);
    akin_encoder_free(l->e);
}

static const ak_weight_name *of(const listed *l, const char *ours)
{
    for (int64_t i = 0; i < l->n; i++)
        if (strcmp(l->t[i].name, ours) == 0) return &l->name[i];
    fail_msg("no tensor %s", ours);
    return NULL;
}

static void resnets_are_named_as_in_torchvision(void **state)
{
    (void)state;
    static const char *const PAIRS[][2] = {
        { "stem.conv.weight", "conv1.weight" },
        { "stem.conv.bn.weight", "bn1.weight" },
        { "stem.conv.bn.running_var", "bn1.running_var" },
        { "stage1.block0.conv1.weight", "layer1.0.conv1.weight" },
        { "stage1.block0.conv3.bn.bias", "layer1.0.bn3.bias" },
        { "stage1.block0.shortcut.weight", "layer1.0.downsample.0.weight" },
        { "stage2.block0.shortcut.bn.running_mean", "layer2.0.downsample.1.running_mean" },
        { "stage3.block22.conv2.weight", "layer3.22.conv2.weight" },
        { "stage3.block22.conv2.bn.running_mean", "layer3.22.bn2.running_mean" },
        { "head.linear2.bias", "head.linear2.bias" },
    };
    listed l = list("resnet101-large", AK_WEIGHTS_RESNET);
    for (size_t i = 0; i < sizeof PAIRS / sizeof *PAIRS; i++) {
        CHECK(strcmp(of(&l, PAIRS[i][0])->name, PAIRS[i][1]) == 0);
        CHECK(!of(&l, PAIRS[i][0])->less[0]);
    }
    CHECK(ak_weight_form_of("resnet101-large") == AK_WEIGHTS_RESNET);
    drop(&l);
}

static void layers_of_vgg_are_counted_as_in_torchvision(void **state)
{
    (void)state;
    static const int WITH[] = { 0, 3, 7, 10, 14, 17, 20, 24, 27, 30, 34, 37, 40 },
                     WITHOUT[] = { 0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28 };
    listed with = list("vgg16", AK_WEIGHTS_VGG_BN), without = list("vgg16", AK_WEIGHTS_VGG);
    int conv = 0;
    for (int64_t i = 0; i < with.n; i++) {
        char want[64];
        if (with.t[i].ndim != 4) continue;
        CHECK(conv < 13);
        const ak_weight_name *a = &with.name[i], *b = &without.name[i];
        snprintf(want, sizeof want, "features.%d.weight", WITH[conv]);
        CHECK(strcmp(a[0].name, want) == 0);
        snprintf(want, sizeof want, "features.%d.running_mean", WITH[conv] + 1);
        CHECK(strcmp(a[3].name, want) == 0);
        snprintf(want, sizeof want, "features.%d.bias", WITH[conv]);
        CHECK(strcmp(a[3].less, want) == 0);
        snprintf(want, sizeof want, "features.%d.weight", WITHOUT[conv]);
        CHECK(strcmp(b[0].name, want) == 0);
        CHECK(!b[1].name[0] && !b[3].name[0] && !b[4].name[0] && !b[3].less[0]);
        CHECK_NEAR(b[1].value * b[1].value, 1 + 1e-5, 1e-12); /* so that with epsilon nothing is scaled */
        CHECK(b[3].value == 0 && b[4].value == 1);
        snprintf(want, sizeof want, "features.%d.bias", WITHOUT[conv++]);
        CHECK(strcmp(b[2].name, want) == 0);
    }
    CHECK(conv == 13 && ak_weight_form_of("vgg16") == AK_WEIGHTS_VGG_BN);
    drop(&with);
    drop(&without);
}

static void every_encoder_has_a_name_for_each_tensor(void **state)
{
    (void)state;
    for (int k = 0; akin_encoder_kind_at(k); k++) {
        const char *encoder = akin_encoder_kind_at(k)->name;
        listed l = list(encoder, ak_weight_form_of(encoder));
        for (int64_t i = 0; i < l.n; i++) {
            CHECK(l.name[i].name[0]);
            const char *ours = strrchr(l.t[i].name, '.'), *theirs = strrchr(l.name[i].name, '.');
            CHECK(strcmp(ours, theirs) == 0);
            for (int64_t j = 0; j < i; j++) CHECK(strcmp(l.name[i].name, l.name[j].name) != 0);
        }
        drop(&l);
    }
    listed l = list("mlp", AK_WEIGHTS_PLAIN);
    CHECK(strcmp(of(&l, "hidden1.weight")->name, "hidden.0.weight") == 0);
    CHECK(strcmp(of(&l, "hidden2.bn.bias")->name, "hidden.4.bias") == 0);
    drop(&l);
    l = list("cnn4", AK_WEIGHTS_PLAIN);
    CHECK(strcmp(of(&l, "stage4.block0.conv.bn.bias")->name, "features.13.bias") == 0);
    drop(&l);
}

/* Names that are no layer of the table stay: numbers that are missing, more behind, or nothing behind. */
static void other_names_stay(void **state)
{
    (void)state;
    static const char *const NAMES[] = { "words.weight",       "gru.weight_ih_l0",
                                         "stage1.weight",      "stage1.block.conv1.weight",
                                         "stem.conv.x.weight", "weight" };
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        const akin_tensor t = { .name = NAMES[i] };
        ak_weight_name name;
        for (int form = AK_WEIGHTS_RESNET; form <= AK_WEIGHTS_OURS; form++) {
            ak_weight_names(&t, 1, (ak_weight_form)form, &name);
            CHECK(strcmp(name.name, NAMES[i]) == 0);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(resnets_are_named_as_in_torchvision),
        cmocka_unit_test(layers_of_vgg_are_counted_as_in_torchvision),
        cmocka_unit_test(every_encoder_has_a_name_for_each_tensor),
        cmocka_unit_test(other_names_stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
