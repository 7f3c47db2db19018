/* SPDX-License-Identifier: Apache-2.0 */
/* files/labels.c - labels in files, with the names of their classes where something tells them. */
#include "akin/tool/labels.h"

#include "akin/tool/escape.h"
#include "akin/tool/program.h"
#include "base/names.h"
#include "base/path.h"
#include "files/class_names.h"
#include "files/npz.h"

#include <stdio.h>
#include <string.h>

static const size_t LONGEST_TEXT = (size_t)1 << 30;

/* What is known of the classes. */
typedef enum meaning {
    NUMBERS,  /* of an array: nothing */
    NUMERALS, /* lines that are whole numbers: each is a name, and is its number too */
    NAMED,    /* numbers, with a file of names */
    WORDS,    /* lines of words, numbered here */
} meaning;

struct akin_labels {
    char *path;
    meaning meaning;
    akin_array value; /* I32 [n] */
    ak_class_list list;
    ak_remarks remarks;
};

void akin_labels_free(akin_labels *l)
{
    if (!l) return;
    free(l->path);
    akin_array_free(&l->value);
    ak_class_list_free(&l->list);
    ak_remarks_free(&l->remarks);
    free(l);
}

static int32_t *values(akin_labels *l) { return l->value.data; }

/* Names beside an array ------------------------------------------------------------------------ */

/* Names that were found, at path, are enough. */
static akin_status check_names(akin_labels *l, const char *path, akin_error *err)
{
    if (!l->list.n) return AKIN_OK;
    l->meaning = NAMED;
    for (int64_t i = 0; i < l->value.count; i++)
        if (values(l)[i] >= l->list.n)
            return ak_fail(err, AKIN_ERR_SHAPE, "'%s' has %lld names; label %lld of '%s' (from 0) is %d",
                           path, (long long)l->list.n, (long long)i, l->path, values(l)[i]);
    return AKIN_OK;
}

static akin_status find_names(akin_labels *l, akin_error *err)
{
    char path[AK_CLASS_NAMES_PATH];
    AK_TRY(ak_class_names_find(l->path, &l->list, err));
    ak_class_names_beside(l->path, path);
    return check_names(l, path, err);
}

/* Words ---------------------------------------------------------------------------------------- */

typedef struct word {
    const char *text;
    int32_t id;
} word;

static int by_text(const void *a, const void *b)
{
    return strcmp(((const word *)a)->text, ((const word *)b)->text);
}

static bool is_number(const char *text, size_t n)
{
    if (n && (*text == '-' || *text == '+')) text++, n--;
    size_t digits = 0;
    while (digits < n && text[digits] >= '0' && text[digits] <= '9') digits++;
    return n && digits == n;
}

static bool blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

/* The lines as numbers in the order they came. */
static akin_status read_lines(akin_labels *l, char *text, size_t bytes, ak_names *names, akin_error *err)
{
    int64_t n = 0, numbers = 0, first = 0;
    const char *const end = text + bytes;
    for (char *at = text; at < end; n++) {
        char *stop = memchr(at, '\n', (size_t)(end - at)), *next = stop ? stop + 1 : text + bytes;
        if (!stop) stop = text + bytes;
        while (stop > at && blank(stop[-1])) stop--;
        while (at < stop && blank(*at)) at++;
        if (at == stop)
            return ak_fail(err, AKIN_ERR_INPUT, "'%s', line %lld: no label; each row needs one", l->path,
                           (long long)n + 1);
        const bool number = is_number(at, (size_t)(stop - at));
        const int64_t name = akin_name_unescape(at, stop - at, at);
        const int64_t id = ak_names_add(names, at, name < 0 ? stop - at : name);
        if (id < 0) return ak_no_memory(err, "for the labels of '%s'", l->path);
        values(l)[n] = (int32_t)id;
        numbers += number;
        if (!number && !first) first = n + 1;
        at = next;
    }
    l->value.count = l->value.shape[0] = n;
    if (numbers)
        ak_remark(&l->remarks, "Not all labels of '%s' are numbers, as line %lld: they are taken as names.",
                  l->path, (long long)first);
    return AKIN_OK;
}

static akin_status number_words(akin_labels *l, const ak_names *names, akin_error *err)
{
    word *sorted = ak_alloc(sizeof *sorted, names->n + 1, 1);
    int32_t *place = ak_alloc(sizeof *place, names->n + 1, 1);
    akin_status status = sorted && place ? AKIN_OK : ak_no_memory(err, "for the labels of '%s'", l->path);
    if (!status) {
        for (int64_t k = 0; k < names->n; k++) sorted[k] = (word){ ak_names_text(names, k), (int32_t)k };
        qsort(sorted, (size_t)names->n, sizeof *sorted, by_text);
    }
    for (int64_t k = 0; k < names->n && !status; k++) {
        place[sorted[k].id] = (int32_t)k;
        status = ak_class_list_add(&l->list, sorted[k].text, err);
    }
    for (int64_t i = 0; i < l->value.count && !status; i++) values(l)[i] = place[values(l)[i]];
    free(sorted);
    free(place);
    return status;
}

static akin_status take_words(akin_labels *l, char *text, size_t bytes, akin_error *err)
{
    int64_t lines = 1;
    while (bytes && (blank(text[bytes - 1]) || text[bytes - 1] == '\n')) bytes--;
    for (size_t i = 0; i < bytes; i++) lines += text[i] == '\n';
    l->value = (akin_array){ .dtype = AKIN_DTYPE_I32, .ndim = 1, .shape = { lines }, .count = lines };
    l->value.data = ak_alloc(sizeof(int32_t), lines, 1);
    if (!l->value.data) return ak_no_memory(err, "for the labels of '%s'", l->path);
    ak_names names = { .n = 0 };
    l->meaning = WORDS;
    akin_status status = read_lines(l, text, bytes, &names, err);
    if (!status) status = number_words(l, &names, err);
    ak_names_free(&names);
    return status;
}

/* Opening -------------------------------------------------------------------------------------- */

static bool has_words(const char *text, size_t bytes)
{
    for (const char *at = text, *const end = text + bytes; at < end;) {
        const char *stop = memchr(at, '\n', (size_t)(end - at)), *last = stop ? stop : end;
        while (last > at && blank(last[-1])) last--;
        while (at < last && blank(*at)) at++;
        if (last > at && !is_number(at, (size_t)(last - at))) return true;
        at = stop ? stop + 1 : end;
    }
    return false;
}

/* Those of a .npz, with the names of their classes. */
static akin_status fill_from_npz(akin_labels *l, akin_error *err)
{
    ak_npz *z = NULL;
    akin_names names = AKIN_NAMES_INIT;
    AK_TRY(akin_labels_load(l->path, &l->value, err));
    AK_TRY(ak_npz_open(l->path, &z, err));
    const int64_t i = ak_npz_find(z, AK_NPZ_CLASSES, AK_PART_TRAIN);
    akin_status status = i < 0 ? AKIN_OK : ak_npz_texts(z, i, &names, err);
    ak_npz_close(z);
    for (int64_t k = 0; k < names.n && !status; k++) status = ak_class_list_add(&l->list, names.name[k], err);
    akin_names_free(&names);
    return status ? status : check_names(l, l->path, err);
}

static akin_status fill(akin_labels *l, akin_error *err)
{
    bool npz;
    AK_TRY(ak_npz_is(l->path, &npz, err));
    if (npz) return fill_from_npz(l, err);
    char *text = NULL;
    size_t bytes = 0;
    AK_TRY(ak_text_load(l->path, LONGEST_TEXT, &text, &bytes, err));
    const bool array = bytes >= 6 && memcmp(text, "\x93NUMPY", 6) == 0;
    akin_status status;
    if (!array && memchr(text, 0, bytes))
        status = ak_fail(err, AKIN_ERR_FORMAT, "'%s' is neither .npy nor text", l->path);
    else if (!array && has_words(text, bytes))
        status = take_words(l, text, bytes, err);
    else
        status = akin_labels_load(l->path, &l->value, err);
    free(text);
    if (status || l->meaning == WORDS) return status;
    l->meaning = array ? NUMBERS : NUMERALS;
    return array ? find_names(l, err) : AKIN_OK;
}

akin_status akin_labels_open(const char *path, akin_labels **out, akin_error *err)
{
    if (!path || !out) return ak_fail(err, AKIN_ERR_ARGUMENT, "labels: path and out must not be NULL");
    akin_labels *l = calloc(1, sizeof *l);
    if (l) l->path = strdup(path);
    akin_status status = l && l->path ? fill(l, err) : ak_no_memory(err, "for labels");
    if (!status) status = ak_remarks_check(&l->remarks, err);
    if (status)
        akin_labels_free(l);
    else
        *out = l;
    return status;
}

int64_t akin_labels_count(const akin_labels *l) { return l->value.count; }
const int32_t *akin_labels_values(const akin_labels *l) { return l->value.data; }
const char *akin_labels_remark(const akin_labels *l, int64_t i) { return ak_remark_at(&l->remarks, i); }

const char *akin_labels_class_name(const akin_labels *l, int64_t k)
{
    return k >= 0 && k < l->list.n ? l->list.name[k] : NULL;
}

/* Two of them ---------------------------------------------------------------------------------- */

/* Numerals as names: the numbers that there are, in order. */
static akin_status name_numerals(akin_labels *l, akin_error *err)
{
    const int64_t n = l->value.count;
    int32_t *sorted = ak_alloc(sizeof *sorted, n + 1, 1);
    if (!sorted) return ak_no_memory(err, "for the labels of '%s'", l->path);
    memcpy(sorted, values(l), (size_t)n * sizeof *sorted);
    qsort(sorted, (size_t)n, sizeof *sorted, ak_compare_int32);
    int64_t classes = 0;
    akin_status status = AKIN_OK;
    for (int64_t i = 0; i < n && !status; i++) {
        char name[16];
        if (classes && sorted[i] == sorted[classes - 1]) continue;
        snprintf(name, sizeof name, "%d", sorted[classes++] = sorted[i]);
        status = ak_class_list_add(&l->list, name, err);
    }
    for (int64_t i = 0; i < n && !status; i++) {
        const int32_t *at = bsearch(&values(l)[i], sorted, (size_t)classes, sizeof *sorted, ak_compare_int32);
        values(l)[i] = (int32_t)(at - sorted);
    }
    free(sorted);
    l->meaning = WORDS;
    return status;
}

static bool has_numbers(const ak_class_list *list)
{
    for (int64_t k = 0; k < list->n; k++)
        if (is_number(list->name[k], strlen(list->name[k]))) return true;
    return false;
}

/* Numerals beside words, or beside classes of which one at least is called by a number, are names too. */
static akin_status use_numerals(akin_labels *l, const akin_labels *other, akin_error *err)
{
    const bool names = other->meaning == WORDS || (other->meaning == NAMED && has_numbers(&other->list));
    return l->meaning == NUMERALS && names ? name_numerals(l, err) : AKIN_OK;
}

static akin_status by_names(const akin_labels *first, akin_labels *second, akin_error *err)
{
    char whose[AK_SHOWN + 2], shown[AK_SHOWN];
    int32_t *to = ak_alloc(sizeof *to, second->list.n + 1, 1);
    ak_class_list all = { .n = 0 };
    snprintf(whose, sizeof whose, "'%s'", ak_shown(first->path, shown));
    akin_status status = to ? AKIN_OK : ak_no_memory(err, "for the classes of '%s'", second->path);
    if (!status)
        status = ak_classes_join(&first->list, &second->list, false, whose, &second->remarks, to, err);
    for (int64_t k = 0; k < first->list.n && !status; k++)
        status = ak_class_list_add(&all, first->list.name[k], err);
    for (int64_t k = 0; k < second->list.n && !status; k++)
        if (to[k] >= all.n) status = ak_class_list_add(&all, second->list.name[k], err);
    for (int64_t i = 0; i < second->value.count && !status; i++)
        if (values(second)[i] >= 0) values(second)[i] = to[values(second)[i]];
    free(to);
    if (status) {
        ak_class_list_free(&all);
        return status;
    }
    ak_class_list_free(&second->list);
    second->list = all;
    return AKIN_OK;
}

static akin_status by_numbers(const akin_labels *first, akin_labels *second, akin_error *err)
{
    const bool words = first->meaning == WORDS;
    const akin_labels *named = words ? first : second, *other = words ? second : first;
    if (named->meaning == WORDS)
        return ak_fail(err, AKIN_ERR_INPUT,
                       "'%s' has names, '%s' only numbers, and nothing says which is which; FILE.labels.npy "
                       "with FILE.classes.txt beside it does, or names in both",
                       named->path, other->path);
    if (first->meaning == NUMERALS && second->meaning == NUMERALS) return AKIN_OK;
    ak_remark(
        &second->remarks,
        "Labels are compared as numbers: nothing says that those of '%s' mean the same as those of '%s'.",
        second->path, first->path);
    return AKIN_OK;
}

akin_status akin_labels_join(akin_labels *first, akin_labels *second, akin_error *err)
{
    if (!first || !second) return ak_fail(err, AKIN_ERR_ARGUMENT, "labels: none of two may be NULL");
    AK_TRY(use_numerals(first, second, err));
    AK_TRY(use_numerals(second, first, err));
    const bool named = first->meaning >= NAMED && second->meaning >= NAMED;
    AK_TRY(named ? by_names(first, second, err) : by_numbers(first, second, err));
    return ak_remarks_check(&second->remarks, err);
}
