/* SPDX-License-Identifier: Apache-2.0 */
/* text/corpus_options.c - options of a corpus by flag. */
#include "text/text.h"

const akin_opt_desc akin_corpus_opt_desc[] = {
    AKIN_CORPUS_OPT_ROWS,
    { "holdout", AKIN_OPT_REAL, "0", "SHARE", 0, 0.95,
      "text: share of each group's items that becomes test" },
    { NULL, AKIN_OPT_FLAG, NULL, NULL, 0, 0, NULL },
};

enum { ROWS = sizeof akin_corpus_opt_desc / sizeof *akin_corpus_opt_desc };

/* In the order of the rows. */
static void set_field(akin_corpus_opts *o, int row, const char *text, double value)
{
    bool *const flag[] = {
        NULL, &o->whole, &o->skip_header, &o->drop_duplicates, NULL, NULL, NULL, NULL, NULL, &o->shuffle, NULL
    };
    int32_t *const whole[] = { NULL,          NULL,          NULL,          NULL,
                               &o->min_words, &o->min_items, &o->max_items, &o->keep_items };
    _Static_assert(sizeof flag / sizeof *flag == ROWS - 1, "a row without a field");
    if (row == 0)
        o->columns = text;
    else if (flag[row])
        *flag[row] = true;
    else if (row < 8)
        *whole[row] = (int32_t)value;
    else
        *(row == 8 ? &o->val_frac : &o->test_frac) = value;
}

akin_status akin_corpus_set(akin_corpus_opts *opts, const char *name, const char *text, akin_error *err)
{
    const char *names[ROWS] = { NULL };
    double value = 0;
    if (!opts || !name || !text)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "corpus_set: opts, name and text must not be NULL");
    for (int row = 0; akin_corpus_opt_desc[row].name; row++) {
        names[row] = akin_corpus_opt_desc[row].name;
        if (strcmp(names[row], name) != 0) continue;
        AK_TRY(akin_opt_check(&akin_corpus_opt_desc[row], text, &value, err));
        if (row == 0) AK_TRY(ak_columns_check(text, err));
        set_field(opts, row, text, value);
        return AKIN_OK;
    }
    const char *near = akin_nearest_name(name, names);
    return ak_fail(err, AKIN_ERR_ARGUMENT, "corpus: there is no option '%s'%s%s%s", name,
                   near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}
