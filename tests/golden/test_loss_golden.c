/* SPDX-License-Identifier: Apache-2.0 */
/* Every loss against stored losses and gradients, computed in float64 by automatic differentiation, from code
 * that shares nothing with the library; tests/golden/README.md says what a case holds. Each runs in f32, bf16
 * and f64.
 *
 * Limits. The loss is off by at most `loss` relative to max(|loss|, 1): a loss near 0, such as a sum of a
 * positive and a negative part, has only the absolute precision of its parts. A gradient row is off by at
 * most `gradient` of the larger of the row's norm and 1/1000 of the largest row's: where a row's gradient
 * vanishes by cancellation, the others are the measure. f32 similarities are right to about 1e-7 and are
 * multiplied by up to 1/0.05; bf16 ones to 2^-9/sqrt(d) times that, hence 1e-5, 1e-4 and 2e-2; f64 leaves the
 * rounding of the gradients to float. */
#include "akin/tool/json.h"
#include "akin/loss.h"
#include "base/plain.h"
#include "test.h"

#include <dirent.h>

static akin_error err;

typedef struct golden {
    char folder[512];
    const akin_loss *loss;
    akin_loss_params params;
    akin_loss_batch batch;
    double expected;
    akin_array in[8], want[5]; /* of INPUTS and GRADS */
    int64_t *link_start;
    int32_t *link;
    float *link_weight;
} golden;

static const char *const INPUTS[] = { "a",         "b",         "labels",  "features",
                                      "positives", "negatives", "targets", "links" };
static const char *const GRADS[] = { "grad_a", "grad_b", "grad_positives", "grad_negatives", "grad_targets" };

static bool load(const char *folder, const char *name, akin_array *out)
{
    char path[600];
    snprintf(path, sizeof path, "%s/%s.npy", folder, name);
    if (access(path, R_OK)) return false;
    CHECK_OK(akin_npy_load(path, out, &err));
    return true;
}

static akin_cmat rows_of(const akin_array *x)
{
    if (!x->data) return (akin_cmat){ NULL, 0, 0, 0 };
    const int64_t d = x->shape[x->ndim - 1];
    return (akin_cmat){ x->data, x->count / d, d, d };
}

static void set_parameters(golden *g, akin_json *params)
{
    const char *key;
    akin_json *value;
    AKIN_JSON_EACH(params, key, value)
    {
        char text[64];
        if (akin_json_is_text(value))
            snprintf(text, sizeof text, "%s", akin_json_as_text(value));
        else if (akin_json_is_bool(value))
            snprintf(text, sizeof text, "%d", akin_json_as_bool(value));
        else
            ak_snprintf(text, sizeof text, "%.17g", akin_json_as_real(value));
        CHECK_OK(akin_loss_params_set(&g->params, g->loss, key, text, &err));
    }
}

/* links.npy [m,3]: rows from and to, in order, and weights. */
static void take_links(golden *g)
{
    const akin_cmat l = rows_of(&g->in[7]);
    const int64_t rows = 2 * g->batch.a.rows;
    g->link_start = calloc((size_t)rows + 1, sizeof *g->link_start);
    g->link = malloc((size_t)l.rows * sizeof *g->link);
    g->link_weight = malloc((size_t)l.rows * sizeof *g->link_weight);
    for (int64_t i = 0; i < l.rows; i++) {
        g->link_start[(int64_t)l.data[3 * i] + 1]++;
        g->link[i] = (int32_t)l.data[3 * i + 1];
        g->link_weight[i] = l.data[3 * i + 2];
    }
    for (int64_t i = 0; i < rows; i++) g->link_start[i + 1] += g->link_start[i];
    g->batch.link_start = g->link_start;
    g->batch.link = g->link;
    g->batch.link_weight = g->link_weight;
}

static void open_case(golden *g, const char *name)
{
    memset(g, 0, sizeof *g);
    char path[600];
    snprintf(g->folder, sizeof g->folder, "%s/%s", AKIN_GOLDEN_DIR, name);
    snprintf(path, sizeof path, "%s/case.json", g->folder);
    akin_json *root = NULL;
    CHECK_OK(akin_json_load(path, 1 << 20, 0, &root, &err));
    CHECK(root != NULL);
    g->loss = akin_loss_find(akin_json_get_text(root, "loss"));
    CHECK(g->loss != NULL);
    g->params = (akin_loss_params)AKIN_LOSS_PARAMS_INIT;
    akin_loss_defaults(g->loss, &g->params, NULL);
    set_parameters(g, akin_json_get(root, "params"));
    g->expected = akin_json_as_real(akin_json_get(root, "expected_loss"));
    akin_json_free(root);
    for (int i = 0; i < 8; i++) load(g->folder, INPUTS[i], &g->in[i]);
    for (int i = 0; i < 5; i++) load(g->folder, GRADS[i], &g->want[i]);
    g->batch = (akin_loss_batch)AKIN_LOSS_BATCH_INIT;
    g->batch.a = rows_of(&g->in[0]);
    g->batch.b = rows_of(&g->in[1]);
    g->batch.labels = g->in[2].data;
    g->batch.features = rows_of(&g->in[3]);
    g->batch.positives = rows_of(&g->in[4]);
    g->batch.negatives = rows_of(&g->in[5]);
    *(g->loss->needs & AKIN_LOSS_VALUES ? &g->batch.values : &g->batch.targets) = rows_of(&g->in[6]);
    if (g->in[7].data) take_links(g);
    if (g->in[5].data) { /* [M,k,b,d] */
        g->batch.count = g->in[5].shape[1];
        g->batch.block = g->in[5].shape[2];
    }
}

static void close_case(golden *g)
{
    for (int i = 0; i < 8; i++) akin_array_free(&g->in[i]);
    free(g->link_start);
    free(g->link);
    free(g->link_weight);
    for (int i = 0; i < 5; i++) akin_array_free(&g->want[i]);
}

static akin_mat matrix_like(const akin_array *x)
{
    if (!x->data) return (akin_mat){ NULL, 0, 0, 0 };
    const akin_cmat r = rows_of(x);
    /* One column more than needed, to notice a gradient that ignores the stride. */
    float *data = calloc((size_t)(r.rows * (r.cols + 1)), sizeof *data);
    return (akin_mat){ data, r.rows, r.cols, r.cols + 1 };
}

static double gradient_error(const akin_mat *got, const akin_array *want)
{
    double largest = 0, worst = 0;
    CHECK(want->dtype == AKIN_DTYPE_F64);
    for (int pass = 0; pass < 2; pass++)
        for (int64_t i = 0; i < got->rows; i++) {
            double gap = 0, norm = 0;
            for (int64_t k = 0; k < got->cols; k++) {
                const double w = ((const double *)want->data)[i * got->cols + k];
                const double e = (double)got->data[i * got->stride + k] - w;
                gap += e * e;
                norm += w * w;
            }
            if (pass == 0)
                largest = fmax(largest, norm);
            else if (!(sqrt(gap) <= worst * fmax(sqrt(norm), 1e-3 * sqrt(largest)) + 1e-30))
                worst = sqrt(gap) / fmax(sqrt(norm), 1e-3 * sqrt(largest));
        }
    return worst;
}

static void run_case(golden *g, akin_precision precision, double loss_limit, double gradient_limit)
{
    akin_loss_grads grads = AKIN_LOSS_GRADS_INIT;
    akin_mat *out[] = { &grads.a, &grads.b, &grads.positives, &grads.negatives, &grads.targets };
    for (int i = 0; i < 5; i++) *out[i] = matrix_like(&g->want[i]);
    g->batch.precision = precision;
    const size_t bytes = akin_loss_scratch_bytes(g->loss, &g->params, &g->batch, 0);
    CHECK(bytes > 0);
    void *memory = malloc(bytes);
    akin_arena arena;
    akin_arena_init(&arena, memory, bytes);
    double value = NAN;
    CHECK_OK(akin_loss_eval(g->loss, &g->params, &g->batch, &arena, &value, &grads, &err));
    const double gap = fabs(value - g->expected) / fmax(fabs(g->expected), 1);
    if (!(gap <= loss_limit)) {
        print_error("%s, %s: loss %.9g, expected %.9g\n", g->folder, akin_precision_name(precision), value,
                    g->expected);
        fail();
    }
    for (int i = 0; i < 5; i++) {
        if (!out[i]->data) continue;
        const double e = gradient_error(out[i], &g->want[i]);
        if (!(e <= gradient_limit)) {
            print_error("%s, %s, %s: off by %.3g of the row\n", g->folder, akin_precision_name(precision),
                        GRADS[i], e);
            fail();
        }
        free(out[i]->data);
    }
    free(memory);
}

static void all_cases(void **state)
{
    (void)state;
    DIR *folder = opendir(AKIN_GOLDEN_DIR);
    CHECK(folder != NULL);
    int cases = 0, of[32] = { 0 };
    for (struct dirent *entry; (entry = readdir(folder));) {
        if (entry->d_name[0] == '.' || strncmp(entry->d_name, "runs-", 5) == 0) continue;
        golden g;
        open_case(&g, entry->d_name);
        run_case(&g, AKIN_PRECISION_F32, 1e-5, 1e-4);
        run_case(&g, AKIN_PRECISION_BF16, 2e-2, 2e-2);
        run_case(&g, AKIN_PRECISION_F64, 1e-9, 1e-6);
        for (int i = 0; akin_loss_at(i); i++) of[i] += akin_loss_at(i) == g.loss;
        cases++;
        close_case(&g);
    }
    closedir(folder);
    CHECK(cases == 394);
    for (int i = 0; akin_loss_at(i); i++) CHECK(of[i] > 0);
}

int main(void)
{
    const char *const sets[] = { "ref", "avx2", "avx512", "avx512bf16" };
    int failed = 0;
    for (int i = 0; i < 4; i++) {
        setenv("AKIN_ISA", sets[i], 1);
        if (strcmp(akin_isa(), sets[i]) != 0) continue; /* not on this machine */
        print_message("instruction set %s\n", sets[i]);
        const struct CMUnitTest tests[] = { cmocka_unit_test(all_cases) };
        failed += cmocka_run_group_tests(tests, NULL, NULL);
    }
    return failed;
}
