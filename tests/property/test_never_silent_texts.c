/* SPDX-License-Identifier: Apache-2.0 */
/* Never silently wrong: texts. never_silent.h says what is asked for. */
#include "never_silent.h"

#include <zlib.h>

/* Texts -------------------------------------------------------------------------------------------------- */

enum { MOST_LINES = 64 };

typedef struct text {
    int n;
    char line[MOST_LINES][128];
    const char *before, *end, *ending; /* of the file, of a line, of the file's name */
    int form;                          /* FORMS */
    bool gzip, no_last_end;
    wanted want;
} text;
enum { FORM_LINES, FORM_JSONL, FORM_JSON, FORM_TSV, FORM_CSV };

static text texts;

static void draw_text(text *t)
{
    static const char *const WORDS_OF[] = { "the",     "house", "of",           "state", "north",
                                            "liberal", "tax",   "river",        "music", "a",
                                            "band",    "plays", "na\xc3\xafve", "co-op", "4.5" };
    *t = (text){ .n = (int)test_int(24, 40), .before = "", .end = "\n", .ending = "txt" };
    for (int i = 0; i < t->n; i++) {
        const int words = (int)test_int(3, 9);
        for (int w = 0; w < words; w++) {
            strcat(t->line[i], w ? " " : "");
            strcat(t->line[i], WORDS_OF[test_int(0, 14)]);
        }
        t->want.of[i] = i;
    }
}

static void put_text(const text *t, const char *path)
{
    gzFile f = gzopen(path, t->gzip ? "wb" : "wbT");
    CHECK(f != NULL);
    gzputs(f, t->before);
    if (t->form == FORM_TSV || t->form == FORM_CSV) gzputs(f, "text\n");
    if (t->form == FORM_JSON) gzputs(f, "[");
    for (int i = 0; i < t->n; i++) {
        const bool json = t->form == FORM_JSONL || t->form == FORM_JSON;
        gzprintf(f, json ? "{\"text\": \"%s\"}" : t->form == FORM_CSV ? "\"%s\"" : "%s", t->line[i]);
        if (t->form == FORM_JSON) gzputs(f, i + 1 < t->n ? "," : "]");
        if (i + 1 < t->n || !t->no_last_end) gzputs(f, t->end);
    }
    CHECK(gzclose(f) == Z_OK);
}

static void swap_lines(text *t, int a, int b)
{
    char line[128];
    const int of = t->want.of[a];
    memcpy(line, t->line[a], sizeof line);
    memcpy(t->line[a], t->line[b], sizeof line);
    memcpy(t->line[b], line, sizeof line);
    t->want.of[a] = t->want.of[b];
    t->want.of[b] = of;
}

static void shuffle_lines(text *t)
{
    for (int i = t->n - 1; i > 0; i--) swap_lines(t, i, (int)test_int(0, i));
}

static void leave_lines(text *t)
{
    const int least = t->n / 2;
    shuffle_lines(t);
    t->n = (int)test_int(least, t->n);
}

static void insert_line(text *t, const char *line, int of)
{
    const int at = (int)test_int(0, t->n), last = t->n++;
    snprintf(t->line[last], sizeof t->line[last], "%s", line);
    t->want.of[last] = of;
    for (int i = last; i > at; i--) swap_lines(t, i, i - 1);
}

static void repeat_line(text *t)
{
    const int from = (int)test_int(0, t->n - 1);
    char line[128];
    memcpy(line, t->line[from], sizeof line);
    insert_line(t, line, t->want.of[from]);
}

static void wordless_lines(text *t)
{
    static const char *const LINES[] = { "...", "!?", "--- ---", "\xf0\x9f\x98\x80" };
    for (int k = (int)test_int(1, 4); k > 0; k--) insert_line(t, LINES[test_int(0, 3)], ZERO);
}

static void empty_lines(text *t)
{
    for (int k = (int)test_int(1, 3); k > 0; k--) insert_line(t, chance(0.5) ? "" : "  ", ZERO);
}

static void unknown_words(text *t) { insert_line(t, "quetzalcoatl zxcvb", NEW); }

static void blanks_around(text *t)
{
    for (int i = 0; i < t->n; i += 3) {
        char line[128];
        snprintf(line, sizeof line, " %.120s  ", t->line[i]);
        memcpy(t->line[i], line, sizeof line);
    }
}

static void text_crlf(text *t) { t->end = "\r\n"; }
static void text_mark(text *t) { t->before = "\xEF\xBB\xBF"; }
static void no_last_end(text *t) { t->no_last_end = true; }

static void pack(text *t)
{
    t->gzip = true;
    t->ending = "txt.gz";
}

static void text_cr(text *t)
{
    t->end = "\r";
    may_refuse(&t->want, "CR", "carriage", "line end");
}

static void lines_of_json(text *t)
{
    t->form = FORM_JSONL;
    t->ending = "jsonl";
}

static void array_of_texts(text *t)
{
    t->form = FORM_JSON;
    t->ending = "json";
    may_refuse(&t->want, "JSON", "array", NULL);
}

static void as_tsv(text *t)
{
    t->form = FORM_TSV;
    t->ending = "tsv";
}

static void as_csv(text *t)
{
    t->form = FORM_CSV;
    t->ending = "csv";
}

static void spoil_line(text *t)
{
    strcat(t->line[test_int(0, t->n - 1)], " \xff\xfe caf\xe9");
    must_refuse(&t->want, "UTF-8", NULL, NULL);
}

typedef struct text_change {
    const char *name;
    void (*change)(text *t);
    bool alone;
} text_change;

static const text_change TEXT_CHANGES[] = {
    { "lines shuffled", shuffle_lines, false },
    { "lines left out", leave_lines, false },
    { "a line twice", repeat_line, false },
    { "wordless lines", wordless_lines, false },
    { "empty lines", empty_lines, false },
    { "unknown words", unknown_words, false },
    { "blanks around", blanks_around, false },
    { "CRLF", text_crlf, false },
    { "byte order mark", text_mark, false },
    { "no last line end", no_last_end, false },
    { "gzip", pack, false },
    { "CR", text_cr, true },
    { "JSON lines", lines_of_json, true },
    { "a JSON array", array_of_texts, true },
    { "tsv", as_tsv, true },
    { "csv", as_csv, true },
    { "no UTF-8", spoil_line, true },
};
enum { N_TEXT_CHANGES = sizeof TEXT_CHANGES / sizeof *TEXT_CHANGES };

static void draw_text_change(text *t)
{
    const text_change *first = &TEXT_CHANGES[test_int(0, N_TEXT_CHANGES - 1)];
    note(first->name);
    first->change(t);
    for (int more = first->alone ? 0 : (int)test_int(0, 3); more > 0; more--) {
        const text_change *next = &TEXT_CHANGES[test_int(0, N_TEXT_CHANGES - 1)];
        if (next->alone || strstr(history, next->name)) continue;
        note(next->name);
        next->change(t);
    }
    for (int i = 0; i < t->n; i++) t->want.there[i] = true;
    if (t->no_last_end && !*t->line[t->n - 1]) t->want.there[t->n - 1] = false; /* no line at all */
}

static void begin_text(void)
{
    char path[PATH_ROOM];
    draw_text(&texts);
    put_text(&texts, at_path(path, "base.txt"));
    make_run(&ref, path, "bag", false);
}

static void change_text(void)
{
    static text t;
    char path[PATH_ROOM], name[32];
    t = texts;
    draw_text_change(&t);
    snprintf(name, sizeof name, "copy.%s", t.ending);
    put_text(&t, at_path(path, name));
    judge(&t.want, &ref, path);
}

static void lines_of_text(void **state)
{
    (void)state;
    all_draws(3, 200, begin_text, change_text);
    forget(&ref);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(lines_of_text) };
    return cmocka_run_group_tests(tests, setup, NULL);
}
