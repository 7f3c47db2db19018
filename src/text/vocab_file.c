/* SPDX-License-Identifier: Apache-2.0 */
/* text/vocab_file.c - a vocabulary as a file:
 *
 *     akin-vocab 1
 *     lower 1 min_count 5 max_words 0 minn 3 maxn 6 buckets 200000 words 2
 *     12 the
 *     7 of
 *     xxh64 0123456789abcdef
 *
 * The last line is XXH64 over all bytes before it; it is checked before anything else is read. One
 * vocabulary has one file: a file that differs from what this program would write is refused. */
#include "text/vocab.h"

#include "akin/tool/utf8.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <xxhash.h>

enum { TAIL = AK_VOCAB_LAST_LINE };
static const size_t MOST_FILE = (size_t)1 << 36;

static akin_status print_all(const akin_vocab *v, char **text, size_t *bytes, akin_error *err)
{
    uint64_t sum = 0;
    AK_TRY(ak_vocab_print(v, text, bytes, &sum, err));
    *bytes += (size_t)sprintf(*text + *bytes, "xxh64 %016llx\n", (unsigned long long)sum);
    return AKIN_OK;
}

akin_status akin_vocab_save(const akin_vocab *v, const char *path, akin_error *err)
{
    if (!v || !path) return ak_fail(err, AKIN_ERR_ARGUMENT, "vocab_save: v and path must not be NULL");
    char *text = NULL;
    size_t bytes = 0;
    AK_TRY(print_all(v, &text, &bytes, err));
    const akin_status status = akin_file_save(path, text, bytes, err);
    free(text);
    return status;
}

static akin_status check_sum(const char *path, const char *text, size_t bytes, akin_error *err)
{
    char want[TAIL + 1];
    if (bytes < TAIL || memcmp(text, "akin-vocab ", 11) != 0)
        return ak_fail(err, AKIN_ERR_FORMAT,
                       "'%s' is no vocabulary of akin: it does not begin with 'akin-vocab'", path);
    const char *tail = text + bytes - TAIL;
    snprintf(want, sizeof want, "xxh64 %016llx\n", (unsigned long long)XXH64(text, bytes - TAIL, 0));
    if (memcmp(tail, want, TAIL) == 0) return AKIN_OK;
    return ak_fail(err, AKIN_ERR_FORMAT,
                   "'%s' is damaged or incomplete: its last line is not '%.22s', the check sum of the %zu "
                   "bytes before it",
                   path, want, bytes - TAIL);
}

/* Read the line "count word" at *at, and move *at to the next line. false: it is not such a line, or the
 * word is not new. */
static bool read_word(char **at, ak_names *words, int64_t *count)
{
    char *end, *stop = strchr(*at, '\n');
    errno = 0;
    *count = strtoll(*at, &end, 10);
    if (!stop || end == *at || *end != ' ' || errno || *count < 1) return false;
    const char *word = end + 1;
    const int64_t bytes = stop - word, known = words->n;
    if (bytes < 1 || bytes > AKIN_WORD_BYTES || akin_utf8_check(word, bytes) != bytes) return false;
    *at = stop + 1;
    return ak_names_add(words, word, bytes) == known;
}

static akin_status parse(const char *path, char *text, size_t bytes, akin_vocab **out, akin_error *err)
{
    akin_vocab_opts o = AKIN_VOCAB_OPTS_INIT;
    int version = 0, lower = 0, used = 0;
    long long words = 0;
    const int got = sscanf(
        text, "akin-vocab %d lower %d min_count %d max_words %d minn %d maxn %d buckets %d words %lld%n",
        &version, &lower, &o.min_count, &o.max_words, &o.minn, &o.maxn, &o.buckets, &words, &used);
    o.no_lower = !lower;
    if (got >= 1 && version != 1)
        return ak_fail(err, AKIN_ERR_FORMAT,
                       "'%s' is a vocabulary of version %d; this program reads version 1", path, version);
    if (got != 8 || text[used] != '\n' || words < 1 || words > (long long)(bytes / 4) ||
        (o.maxn != 0 && o.buckets == 0))
        return ak_fail(err, AKIN_ERR_FORMAT, "'%s' line 2 does not hold the options and the number of words",
                       path);
    AK_TRY(ak_vocab_opts_check(&o, err));
    ak_names list = { .n = 0 };
    int64_t *count = malloc((size_t)words * sizeof *count), i = 0;
    char *at = text + used + 1;
    while (count && i < words && read_word(&at, &list, &count[i])) i++;
    if (count && i == words && at == text + bytes - TAIL) return ak_vocab_create(&o, &list, count, out, err);
    const bool memory = count != NULL;
    ak_names_free(&list);
    free(count);
    if (!memory) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for the %lld words of '%s'", words, path);
    return ak_fail(err, AKIN_ERR_FORMAT,
                   "'%s' line %lld is not a count and a word that is new; %lld words are announced", path,
                   (long long)i + 3, words);
}

akin_status akin_vocab_load(const char *path, akin_vocab **out, akin_error *err)
{
    if (!path || !out) return ak_fail(err, AKIN_ERR_ARGUMENT, "vocab_load: path and out must not be NULL");
    char *text = NULL, *again = NULL;
    size_t bytes = 0, n = 0;
    akin_vocab *v = NULL;
    AK_TRY(akin_file_load(path, MOST_FILE, &text, &bytes, err));
    akin_status status = check_sum(path, text, bytes, err);
    if (!status) status = parse(path, text, bytes, &v, err);
    if (!status) status = print_all(v, &again, &n, err);
    if (!status && (n != bytes || memcmp(text, again, n) != 0))
        status = ak_fail(err, AKIN_ERR_FORMAT, "'%s' is not as this program writes vocabularies", path);
    free(text);
    free(again);
    if (status)
        akin_vocab_free(v);
    else
        *out = v;
    return status;
}
