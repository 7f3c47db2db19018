/* SPDX-License-Identifier: Apache-2.0 */
/* What does theory say of an embedding? Two views of each item and labels in; bounds of published papers out,
 * each beside what was measured: does it hold, and does it say anything?
 *
 *     cc examples/04_bounds.c -Iinclude -Lbuild -lakin -o bounds && LD_LIBRARY_PATH=build ./bounds
 *
 * The views here are drawn from four classes; yours come from akin_model_embed() or from any other program.
 */
#include <akin/theory.h>

#include <stdio.h>

enum { CLASSES = 4, WIDTH = 6, ITEMS = 200 };

/* A number between -1 and 1; the same ones every time. */
static float noise(void)
{
    static uint32_t state = 1;
    state = state * 1664525u + 1013904223u;
    return (float)(state >> 8) * 0x1p-23f - 1;
}

/* An item is the axis of its class with some noise; a view of it has some more. */
static void draw(float *a, float *b, int32_t *labels)
{
    for (int i = 0; i < ITEMS; i++) {
        labels[i] = i % CLASSES;
        for (int j = 0; j < WIDTH; j++) {
            const float item = (j == labels[i] ? 1 : 0) + 0.2f * noise();
            a[i * WIDTH + j] = item + 0.1f * noise();
            b[i * WIDTH + j] = item + 0.1f * noise();
        }
    }
}

int main(void)
{
    static float a[ITEMS * WIDTH], b[ITEMS * WIDTH];
    static int32_t labels[ITEMS];
    draw(a, b, labels);

    akin_bound_input in = AKIN_BOUND_INPUT_INIT;
    in.a = (akin_cmat){ a, ITEMS, WIDTH, WIDTH };
    in.b = (akin_cmat){ b, ITEMS, WIDTH, WIDTH };
    in.labels = labels;
    in.count = ITEMS;
    in.temperature = 0.5;
    in.negatives = 16;

    akin_bounds *bounds = NULL;
    akin_error err;
    if (akin_bounds_compute(&in, "nozawa-sato,ash,bao,awasthi", &bounds, &err)) {
        fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    const akin_bound_row *row;
    for (int i = 0; (row = akin_bounds_at(bounds, i)); i++) {
        const char *holds = row->holds == AKIN_TRUTH_YES  ? "holds"
                            : row->holds == AKIN_TRUTH_NO ? "FAILS"
                                                          : "unknown";
        if (row->sense == AKIN_BOUND_MEASURE) {
            printf("%-26s %-22s %8.4f\n", row->name, row->paper, row->measured);
            continue;
        }
        printf("%-26s %-22s %8.4f %s %8.4f  %s%s%s\n", row->name, row->paper, row->measured,
               row->sense == AKIN_BOUND_UPPER ? "<=" : ">=", row->value, holds,
               row->vacuous ? ", but says nothing (vacuous)" : "", *row->mark ? " *" : "");
    }
    printf("* not as published, or not checked against the paper: see row->mark and docs/theory.md\n");
    akin_bounds_free(bounds);
    return 0;
}
