/* SPDX-License-Identifier: Apache-2.0 */
/* base/folder_names.c - which part of a data set a name means, and which names are none of the data. */
#include "base/folder_names.h"

#include <stdio.h>
#include <string.h>

static const struct word {
    const char *text;
    ak_part_name part;
} WORDS[] = {
    { "train", AK_PART_TRAIN },     { "training", AK_PART_TRAIN }, { "trn", AK_PART_TRAIN },
    { "test", AK_PART_TEST },       { "testing", AK_PART_TEST },   { "tst", AK_PART_TEST },
    { "val", AK_PART_VAL },         { "valid", AK_PART_VAL },      { "validation", AK_PART_VAL },
    { "validate", AK_PART_VAL },    { "dev", AK_PART_VAL },        { "devel", AK_PART_VAL },
    { "development", AK_PART_VAL }, { "eval", AK_PART_VAL },       { "evaluation", AK_PART_VAL },
};

static char lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c; }
static bool digit(char c) { return c >= '0' && c <= '9'; }

/* The first n bytes, in any case and whatever the locale. */
static bool same(const char *a, const char *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (lower(a[i]) != lower(b[i])) return false;
    return true;
}

/* Nothing, "_set", "Images", "2017" ... */
static bool is_tail(const char *tail, size_t n)
{
    static const char *const TAILS[] = { "set", "data", "images", "imgs", NULL };
    if (n == 0) return true;
    if (strchr("-_ .", *tail) && n > 1) tail++, n--;
    for (const char *const *t = TAILS; *t; t++)
        if (strlen(*t) == n && same(tail, *t, n)) return true;
    return n == 4 && (memcmp(tail, "19", 2) == 0 || memcmp(tail, "20", 2) == 0) && digit(tail[2]) &&
           digit(tail[3]);
}

ak_part_name ak_part_meant(const char *name, size_t n)
{
    for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++) {
        const size_t k = strlen(WORDS[i].text);
        if (n >= k && same(name, WORDS[i].text, k) && is_tail(name + k, n - k)) return WORDS[i].part;
    }
    return AK_PART_NONE;
}

const char *ak_part_word(ak_part_name part)
{
    return part == AK_PART_TRAIN ? "train" : part == AK_PART_TEST ? "test" : "val";
}

bool ak_is_clutter(const char *name)
{
    static const char *const NAMES[] = { "__MACOSX",    "@eaDir",      "Thumbs.db",
                                         "ehthumbs.db", "desktop.ini", "$RECYCLE.BIN",
                                         "lost+found",  "RECYCLER",    "System Volume Information",
                                         "#recycle",    "#snapshot",   NULL };
    if (name[0] == '.') return true;
    for (const char *const *n = NAMES; *n; n++)
        if (strlen(name) == strlen(*n) && same(name, *n, strlen(name))) return true;
    return false;
}

void ak_two_first(char first[256], char second[256], const char *name)
{
    if (!first[0] || strcmp(name, first) < 0) {
        snprintf(second, 256, "%s", first);
        snprintf(first, 256, "%s", name);
    } else if (!second[0] || strcmp(name, second) < 0) {
        snprintf(second, 256, "%s", name);
    }
}
