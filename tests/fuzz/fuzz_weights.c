/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz/fuzz_weights.c - weights from elsewhere, as import and --init read them: what the file is of, and its
 * tensors in a small net. The last byte chooses the encoder that the caller names, or none, and the net. */
#include "fuzz_nets.h"
#include "fuzz_sums.h"
#include "model/foreign.h"

static ak_net net[FZ_NETS];
static float *plain; /* of the largest tensor */

static void make_nets(void)
{
    int64_t most = 1;
    for (int i = 0; i < FZ_NETS; i++) {
        fz_net(i, &net[i]);
        const ak_tensor_list list = ak_net_list(&net[i], true);
        for (int64_t k = 0; k < list.count; k++)
            if (list.tensors[k].plain > most) most = list.tensors[k].plain;
    }
    FZ_CHECK((plain = malloc((size_t)most * sizeof *plain)) != NULL);
}

/* What was taken whole is finite, and no variance is below 0. */
static void see_net(ak_net *of)
{
    akin_error err;
    const ak_tensor_list list = ak_net_list(of, true);
    for (int64_t k = 0; k < list.count; k++) {
        FZ_CHECK(list.to_plain(list.ctx, k, plain, &err) == AKIN_OK);
        FZ_CHECK(ak_all_finite(plain, list.tensors[k].plain));
        for (int64_t i = 0; strstr(list.tensors[k].name, "running_var") && i < list.tensors[k].plain; i++)
            FZ_CHECK(plain[i] >= 0);
    }
}

static void see_about(const ak_foreign_about *a)
{
    FZ_CHECK(!a->run && a->encoder[0] && a->names && a->prefix && a->width >= 0 && a->blocks >= 0);
    FZ_CHECK(a->channels >= 0 && a->inputs >= 0 && a->head_hidden >= 0 && a->head_out >= 0);
    for (int c = 0; a->scale && c < a->channels; c++)
        FZ_CHECK(isfinite(a->scale->mean[c]) && a->scale->std[c] > 0 && isfinite(a->scale->std[c]));
}

static void take(const uint8_t *data, size_t n, const char *encoder, ak_net *into)
{
    akin_error err;
    ak_foreign *w = NULL;
    ak_remarks told = { 0 };
    if (!fz_said(ak_foreign_open(fz_file("w.safetensors", data, n), encoder, NULL, &w, &err), &err)) {
        FZ_CHECK(w == NULL);
        return;
    }
    see_about(ak_foreign_of(w));
    if (fz_said(ak_foreign_take(w, into, &told, &err), &err)) see_net(into);
    for (int64_t i = 0; ak_remark_at(&told, i); i++) FZ_CHECK(*ak_remark_at(&told, i));
    ak_remarks_free(&told);
    ak_foreign_free(w);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const ENCODERS[8] = { NULL,      "linear",         "mlp",   "cnn4",
                                             "resnet8", "resnet18-large", "vgg16", "resnet-s" };
    fz_input in = { data, size };
    const unsigned option = fz_option(&in);
    const char *encoder = ENCODERS[option & 7];
    if (!plain) make_nets();
    ak_net *into = &net[(option >> 3) % FZ_NETS];
    take(in.at, in.n, encoder, into);
    uint8_t *copy = (uint8_t *)fz_text(in.at, in.n);
    fz_mend_safetensors(copy, in.n);
    if (memcmp(copy, in.at, in.n) != 0) take(copy, in.n, encoder, into);
    free(copy);
    return 0;
}
