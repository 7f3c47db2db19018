/* SPDX-License-Identifier: Apache-2.0 */
/* How good are features? Features and labels of your own, every protocol, each with its 95 % interval.
 *
 *     cc examples/03_evaluate.c -Iinclude -Lbuild -lakin -o evaluate && LD_LIBRARY_PATH=build ./evaluate
 *
 * The features here are drawn: five classes, each an axis, with noise. Yours come from akin_model_embed(),
 * from a .npy file (akin_npy_load()), or from any other program.
 */
#include <akin/eval.h>

#include <stdio.h>

enum { CLASSES = 5, WIDTH = 8, TRAIN = 400, TEST = 200 };

/* A number between -1 and 1; the same ones every time. */
static float noise(void)
{
    static uint32_t state = 1;
    state = state * 1664525u + 1013904223u;
    return (float)(state >> 8) * 0x1p-23f - 1;
}

static void draw(float *x, int32_t *labels, int n)
{
    for (int i = 0; i < n; i++) {
        const int class = i % CLASSES;
        for (int j = 0; j < WIDTH; j++) x[i * WIDTH + j] = 0.8f * noise();
        x[i * WIDTH + class] += 1;
        labels[i] = class;
    }
}

int main(void)
{
    static float train[TRAIN * WIDTH], test[TEST * WIDTH];
    static int32_t train_labels[TRAIN], test_labels[TEST];
    draw(train, train_labels, TRAIN);
    draw(test, test_labels, TEST);

    akin_eval_data data = AKIN_EVAL_DATA_INIT;
    data.train = (akin_cmat){ train, TRAIN, WIDTH, WIDTH };
    data.train_labels = train_labels;
    data.train_count = TRAIN;
    data.test = (akin_cmat){ test, TEST, WIDTH, WIDTH };
    data.test_labels = test_labels;
    data.test_count = TEST;

    const akin_protocol *protocol;
    for (int i = 0; (protocol = akin_protocol_at(i)); i++) {
        akin_eval_result result = AKIN_EVAL_RESULT_INIT; /* of kway: top1 over all classes */
        akin_error err;
        if (akin_eval_run(protocol, &data, NULL, &result, &err)) {
            fprintf(stderr, "%s: %s\n", protocol->name, err.message);
            return 1;
        }
        printf("%-10s %.3f  (%.3f to %.3f)  %s\n", result.protocol, result.top1, result.ci95[0],
               result.ci95[1], protocol->line);
    }
    return 0;
}
