/* SPDX-License-Identifier: Apache-2.0 */
/* text/corpus_options.c - options of a corpus by flag. */
#include "text/corpus_options.h"

#include "text/text_row.h"

const akin_opt_desc ak_corpus_opt_desc[] = {
    AKIN_CORPUS_OPT_ROWS,
    { "holdout", AKIN_OPT_REAL, "0", "SHARE", 0, 0.95,
      "text: share of each group's items that becomes test" },
    { NULL, AKIN_OPT_FLAG, NULL, NULL, 0, 0, NULL },
};
enum { ROWS = sizeof ak_corpus_opt_desc / sizeof *ak_corpus_opt_desc - 1 };

const akin_opt_desc *akin_corpus_opt_at(int i) { return i >= 0 && i < ROWS ? &ak_corpus_opt_desc[i] : NULL; }

/* In the order of the rows. */
static void set_field(akin_corpus_opts *o, int row, const char *text, double value)
{
    enum {
        COLUMNS,
        WHOLE,
        SKIP_HEADER,
        DROP,
        MIN_WORDS,
        MIN_ITEMS,
        MAX_ITEMS,
        FIRST,
        VAL,
        RANDOM,
        TEST,
        ALL
    };
    _Static_assert((int)ALL == (int)ROWS, "a row without a field");
    const int32_t whole = value < INT32_MAX ? (int32_t)value : INT32_MAX; /* of a share: not used */
    switch (row) {
    case COLUMNS: o->columns = text; break;
    case WHOLE: o->whole_documents = true; break;
    case SKIP_HEADER: o->skip_header = true; break;
    case DROP: o->drop_duplicates = true; break;
    case MIN_WORDS: o->min_words = whole; break;
    case MIN_ITEMS: o->min_items = whole; break;
    case MAX_ITEMS: o->max_items = whole; break;
    case FIRST: o->first_items = whole; break;
    case VAL: o->val_frac = value; break;
    case RANDOM: o->shuffle = true; break;
    case TEST: o->test_frac = value; break;
    default: break;
    }
}

akin_status akin_corpus_opts_set(akin_corpus_opts *opts, const char *name, const char *text, akin_error *err)
{
    int row = 0;
    double value = 0;
    akin_corpus_opts all = AKIN_CORPUS_OPTS_INIT;
    if (!opts || !name || !text)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "corpus_opts_set: opts, name and text must not be NULL");
    AK_TRY(ak_opt_find(ak_corpus_opt_desc, name, "corpus", &row, err));
    AK_TRY(akin_opt_check(&ak_corpus_opt_desc[row], text, &value, err));
    if (row == 0) AK_TRY(ak_columns_check(text, err));
    AK_TRY(ak_opts_import(&all, opts, "corpus_opts_set", err));
    set_field(&all, row, text, value);
    return ak_result_export(opts, &all, "corpus_opts_set", err);
}
