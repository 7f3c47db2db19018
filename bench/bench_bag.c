/* SPDX-License-Identifier: Apache-2.0 */
/* bench_bag CORPUS [name=value ...] - words per second of training a bag of vectors by contrast, and
 * sentences per second of encoding; one JSON object a line.
 *
 * CORPUS is text, one sentence a line, split at white space. A step reads 2 x pairs lines (line i is the
 * positive of line i+1), looks up words and character n-grams as fastText does (same vocabulary rule, same
 * hash, words below the minimum count left out), and then forward, loss with all other lines of the batch as
 * negatives, backward, update. Everything is timed, splitting and looking up too; of the parts the medians
 * are given, and the fastest step of each, which is what a machine with other work to do can still say.
 *
 *   dim=100 minn=0 maxn=0 bucket=2000000 mincount=5 pairs=4096 loss=ntxent precision=f32 temperature=0.1
 *   optimizer=2 (of akin_bag_optimizer) lr=0.05 seconds=5 threads=1 encode=0 (1: encoding instead of
 *   training) */
#include "akin/tool/bag.h"
#include "akin/loss.h"
#include "akin/tool/program.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void die(const char *what)
{
    fprintf(stderr, "bench_bag: %s\n", what);
    exit(2);
}

static void *room(size_t n, size_t item)
{
    void *p = calloc(n ? n : 1, item);
    if (!p) die("out of memory");
    return p;
}

/* Options --------------------------------------------------------------------------------------------- */

typedef struct options {
    double dim, minn, maxn, bucket, mincount, pairs, temperature, optimizer, lr, seconds, threads, encode;
    const char *loss, *precision;
} options;

static options read_options(int argc, char **argv)
{
    options o = { 100, 0, 0, 2e6, 5, 4096, 0.1, AKIN_BAG_ADAGRAD_ROW, 0.05, 5, 1, 0, "ntxent", "f32" };
    const struct {
        const char *name;
        double *number;
        const char **text;
    } table[] = {
        { "dim", &o.dim, NULL },
        { "minn", &o.minn, NULL },
        { "maxn", &o.maxn, NULL },
        { "bucket", &o.bucket, NULL },
        { "mincount", &o.mincount, NULL },
        { "pairs", &o.pairs, NULL },
        { "seconds", &o.seconds, NULL },
        { "temperature", &o.temperature, NULL },
        { "optimizer", &o.optimizer, NULL },
        { "lr", &o.lr, NULL },
        { "threads", &o.threads, NULL },
        { "encode", &o.encode, NULL },
        { "loss", NULL, &o.loss },
        { "precision", NULL, &o.precision },
    };
    for (int i = 2; i < argc; i++) {
        const char *equals = strchr(argv[i], '=');
        bool known = false;
        for (size_t k = 0; equals && k < sizeof table / sizeof *table; k++) {
            if (strlen(table[k].name) != (size_t)(equals - argv[i]) ||
                strncmp(table[k].name, argv[i], (size_t)(equals - argv[i])) != 0)
                continue;
            known = true;
            if (table[k].number) *table[k].number = atof(equals + 1);
            if (table[k].text) *table[k].text = equals + 1;
        }
        if (!known) die("an option is not one of those in the head of bench_bag.c");
    }
    return o;
}

/* Words ----------------------------------------------------------------------------------------------- */

typedef struct word {
    const char *at;
    uint32_t length, hash;
    int64_t count;
    int64_t first, parts; /* its ids among `parts` */
} word;

typedef struct corpus {
    char *text;
    size_t bytes;
    const char **line; /* [lines + 1] */
    int64_t lines;
    word *slot; /* [slots] open addressing */
    uint32_t slots;
    int64_t words;  /* in the vocabulary */
    int32_t *parts; /* ids of all words: its own, then those of its n-grams */
} corpus;

static uint32_t fnv(const char *s, size_t n) /* fastText's: bytes are signed */
{
    uint32_t h = 2166136261u;
    for (size_t i = 0; i < n; i++) {
        const int32_t byte = (int8_t)s[i];
        h = (h ^ (uint32_t)byte) * 16777619u;
    }
    return h;
}

static word *find(const corpus *c, const char *at, uint32_t length, uint32_t hash)
{
    uint32_t i = hash & (c->slots - 1);
    while (c->slot[i].at &&
           (c->slot[i].hash != hash || c->slot[i].length != length || memcmp(c->slot[i].at, at, length) != 0))
        i = (i + 1) & (c->slots - 1);
    return &c->slot[i];
}

static const char *next_word(const char **at, const char *end, uint32_t *length)
{
    const char *s = *at;
    while (s < end && (*s == ' ' || *s == '\t' || *s == '\r')) s++;
    const char *from = s;
    while (s < end && *s != ' ' && *s != '\t' && *s != '\r') s++;
    *at = s;
    *length = (uint32_t)(s - from);
    return *length ? from : NULL;
}

static void load(corpus *c, const char *path)
{
    akin_error err;
    if (akin_file_load(path, (size_t)1 << 32, &c->text, &c->bytes, &err)) die(err.message);
    for (size_t i = 0; i < c->bytes; i++) c->lines += c->text[i] == '\n';
    c->line = room((size_t)c->lines + 1, sizeof *c->line);
    c->line[0] = c->text;
    int64_t n = 0;
    for (size_t i = 0; i < c->bytes; i++)
        if (c->text[i] == '\n') c->line[++n] = c->text + i + 1;
    if (c->lines < 2) die("the corpus has fewer than two lines");
}

/* A table of the vocabulary alone, a quarter full. */
static void keep_words(corpus *c, int64_t mincount)
{
    corpus all = *c;
    c->slots = 16;
    while (c->slots < 4 * c->words) c->slots *= 2;
    c->slot = room(c->slots, sizeof *c->slot);
    for (uint32_t i = 0; i < all.slots; i++) {
        const word *w = &all.slot[i];
        if (w->count >= mincount) *find(c, w->at, w->length, w->hash) = *w;
    }
    free(all.slot);
}

static void count_words(corpus *c, int64_t mincount)
{
    c->slots = (uint32_t)1 << 22;
    c->slot = room(c->slots, sizeof *c->slot);
    uint32_t length;
    int64_t distinct = 0;
    for (int64_t i = 0; i < c->lines; i++) {
        const char *at = c->line[i], *s;
        while ((s = next_word(&at, c->line[i + 1] - 1, &length))) {
            const uint32_t hash = fnv(s, length);
            word *w = find(c, s, length, hash);
            if (!w->at && ++distinct > c->slots / 2) die("the corpus has too many words");
            *w = (word){ s, length, hash, w->count + 1, 0, 0 };
        }
    }
    for (uint32_t i = 0; i < c->slots; i++) c->words += c->slot[i].count >= mincount;
    keep_words(c, mincount);
}

static bool continues(char byte) { return ((unsigned char)byte & 0xc0) == 0x80; }

/* The n-grams of <word>, minn to maxn characters long; out may be NULL to count. */
static int64_t ngrams(const word *w, int minn, int maxn, int64_t words, int64_t bucket, int32_t *out)
{
    char s[1024];
    if (w->length + 2 > sizeof s || maxn < 1) return 0;
    const size_t n = w->length + 2;
    s[0] = '<';
    memcpy(s + 1, w->at, w->length);
    s[n - 1] = '>';
    int64_t found = 0;
    for (size_t i = 0; i < n; i++) {
        if (continues(s[i])) continue;
        size_t j = i;
        for (int k = 1; j < n && k <= maxn; k++) {
            j++;
            while (j < n && continues(s[j])) j++;
            if (k < minn || (k == 1 && (i == 0 || j == n))) continue;
            if (out) out[found] = (int32_t)(words + (int64_t)(fnv(s + i, j - i) % (uint32_t)bucket));
            found++;
        }
    }
    return found;
}

static void spell(corpus *c, const options *o)
{
    const int64_t mincount = (int64_t)o->mincount, bucket = (int64_t)o->bucket;
    int64_t total = 0, id = 0;
    for (uint32_t i = 0; i < c->slots; i++)
        if (c->slot[i].count >= mincount)
            total += 1 + ngrams(&c->slot[i], (int)o->minn, (int)o->maxn, c->words, bucket, NULL);
    c->parts = room((size_t)total, sizeof *c->parts);
    total = 0;
    for (uint32_t i = 0; i < c->slots; i++) {
        word *w = &c->slot[i];
        if (w->count < mincount) continue;
        w->first = total;
        c->parts[total++] = (int32_t)id++;
        total += ngrams(w, (int)o->minn, (int)o->maxn, c->words, bucket, c->parts + total);
        w->parts = total - w->first;
    }
}

/* Batches --------------------------------------------------------------------------------------------- */

typedef struct rows {
    int32_t *ids;
    int64_t *start;
    int64_t rows, most_ids, words;
} rows;

static void append_line(const corpus *c, int64_t line, rows *r)
{
    const char *at = c->line[line], *s;
    uint32_t length;
    int64_t n = r->start[r->rows];
    while ((s = next_word(&at, c->line[line + 1] - 1, &length))) {
        const word *w = find(c, s, length, fnv(s, length));
        if (!w->parts || n + w->parts > r->most_ids) continue;
        memcpy(r->ids + n, c->parts + w->first, (size_t)w->parts * sizeof *r->ids);
        n += w->parts;
        r->words++;
    }
    r->start[++r->rows] = n;
}

/* Line 2i is row i and line 2i+1 is row pairs+i; lines that are empty for us are passed over. */
static void next_batch(const corpus *c, int64_t *line, int64_t pairs, rows *r)
{
    r->rows = r->words = 0;
    for (int64_t view = 0; view < 2; view++)
        for (int64_t i = 0, k = view; i < pairs; k += 2) {
            const int64_t before = r->start[r->rows];
            append_line(c, (*line + k) % c->lines, r);
            if (r->start[r->rows] == before && k < 8 * pairs)
                r->rows--;
            else
                i++;
        }
    *line = (*line + 2 * pairs + 1) % c->lines;
}

/* Measuring ------------------------------------------------------------------------------------------- */

enum { READ, FORWARD, LOSS, BACKWARD, UPDATE, STEP, WORDS, PARTS, MOST = 4000 };
static double sample[PARTS][MOST];

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

typedef struct bench {
    options o;
    corpus c;
    akin_bag *bag;
    rows r;
    float *out, *grad;
    akin_arena arena;
    const akin_loss *loss;
    akin_loss_params params;
    akin_precision precision;
    double value;
} bench;

static akin_loss_batch loss_batch(const bench *b)
{
    const int64_t n = (int64_t)b->o.pairs, d = (int64_t)b->o.dim;
    akin_loss_batch batch = AKIN_LOSS_BATCH_INIT;
    batch.precision = b->precision;
    batch.a = (akin_cmat){ b->out, n, d, d };
    batch.b = (akin_cmat){ b->out + n * d, n, d, d };
    return batch;
}

static akin_status step(bench *b, int64_t *line, int i, akin_error *err)
{
    const int64_t n = (int64_t)b->o.pairs, d = (int64_t)b->o.dim;
    double t[7] = { now_s() };
    next_batch(&b->c, line, n, &b->r);
    t[1] = now_s();
    const akin_ragged in = { b->r.ids, b->r.start, 2 * n };
    const bool training = b->o.encode == 0;
    akin_status status = akin_bag_forward(b->bag, in, training, (akin_mat){ b->out, 2 * n, d, d }, err);
    t[2] = t[3] = t[4] = t[5] = now_s();
    if (training) {
        const akin_loss_batch batch = loss_batch(b);
        akin_loss_grads grads = AKIN_LOSS_GRADS_INIT;
        grads.a = (akin_mat){ b->grad, n, d, d };
        grads.b = (akin_mat){ b->grad + n * d, n, d, d };
        if (!status) status = akin_loss_eval(b->loss, &b->params, &batch, &b->arena, &b->value, &grads, err);
        t[3] = now_s();
        if (!status) status = akin_bag_backward(b->bag, (akin_cmat){ b->grad, 2 * n, d, d }, err);
        t[4] = now_s();
        if (!status) status = akin_bag_update(b->bag, b->o.lr, err);
        t[5] = now_s();
    }
    if (i < 0) return status;
    for (int k = READ; k <= UPDATE; k++) sample[k][i] = t[k + 1] - t[k];
    sample[STEP][i] = t[5] - t[0];
    sample[WORDS][i] = (double)b->r.words;
    return status;
}

static void print(const bench *b, int steps)
{
    double words = 0, median[PARTS];
    for (int i = 0; i < steps; i++) words += sample[WORDS][i];
    for (int k = 0; k < PARTS; k++) {
        qsort(sample[k], (size_t)steps, sizeof **sample, by_size);
        median[k] = sample[k][steps / 2];
    }
    printf(
        "{\"bench\":\"bag\",\"isa\":\"%s\",\"threads\":%d,\"what\":\"%s\",\"dim\":%g,\"minn\":%g,\"maxn\":%g,"
        "\"bucket\":%g,\"vocabulary\":%lld,\"rows\":%g,\"words_per_row\":%.1f,\"ids_per_word\":%.1f,"
        "\"loss\":\"%s\",\"precision\":\"%s\",\"value\":%.4f,\"steps\":%d,\"words_per_s_per_thread\":%.0f,"
        "\"rows_per_s_per_thread\":%.0f,\"ms\":{\"step\":%.2f,\"read\":%.2f,\"forward\":%.2f,\"loss\":%.2f,"
        "\"backward\":%.2f,\"update\":%.2f},"
        "\"fastest_ms\":{\"read\":%.2f,\"forward\":%.2f,\"loss\":%.2f,\"backward\":%.2f,\"update\":%.2f}}\n",
        akin_isa(), akin_threads(), b->o.encode > 0 ? "encode" : "train", b->o.dim, b->o.minn, b->o.maxn,
        b->o.maxn > 0 ? b->o.bucket : 0, (long long)b->c.words, 2 * b->o.pairs,
        words / (2 * b->o.pairs * steps), (double)b->r.start[b->r.rows] / (double)b->r.words, b->o.loss,
        b->o.precision, b->value, steps, median[WORDS] / median[STEP] / akin_threads(),
        2 * b->o.pairs / median[STEP] / akin_threads(), 1e3 * median[STEP], 1e3 * median[READ],
        1e3 * median[FORWARD], 1e3 * median[LOSS], 1e3 * median[BACKWARD], 1e3 * median[UPDATE],
        1e3 * sample[READ][0], 1e3 * sample[FORWARD][0], 1e3 * sample[LOSS][0], 1e3 * sample[BACKWARD][0],
        1e3 * sample[UPDATE][0]);
}

static akin_status build(bench *b, akin_error *err)
{
    const int64_t n = (int64_t)b->o.pairs, d = (int64_t)b->o.dim;
    b->r.most_ids = 2 * n * (b->o.maxn > 0 ? 1024 : 64);
    b->r.ids = room((size_t)b->r.most_ids, sizeof *b->r.ids);
    b->r.start = room(2 * (size_t)n + 2, sizeof *b->r.start);
    b->out = room((size_t)(2 * n * d), sizeof *b->out);
    b->grad = room((size_t)(2 * n * d), sizeof *b->grad);
    b->loss = akin_loss_find(b->o.loss);
    if (!b->loss) die("there is no such loss");
    b->params = (akin_loss_params)AKIN_LOSS_PARAMS_INIT;
    akin_loss_defaults(b->loss, &b->params, NULL);
    b->params.temperature = b->o.temperature;
    b->precision = strcmp(b->o.precision, "bf16") == 0 ? AKIN_PRECISION_BF16 : AKIN_PRECISION_F32;
    const akin_loss_batch batch = loss_batch(b);
    const size_t bytes = akin_loss_scratch_bytes(b->loss, &b->params, &batch, (size_t)1 << 30);
    akin_arena_init(&b->arena, room(bytes + 64, 1), bytes);
    akin_bag_opts o = AKIN_BAG_OPTS_INIT;
    o.tokens = b->c.words + (b->o.maxn > 0 ? (int64_t)b->o.bucket : 0);
    o.dim = (int32_t)d;
    o.optimizer = (int32_t)b->o.optimizer;
    return akin_bag_create(&o, 2 * n, b->r.most_ids, 1, &b->bag, err);
}

int main(int argc, char **argv)
{
    if (argc < 2) die("usage: bench_bag CORPUS [name=value ...]");
    static bench b;
    akin_error err;
    b.o = read_options(argc, argv);
    akin_set_threads((int)b.o.threads);
    load(&b.c, argv[1]);
    count_words(&b.c, (int64_t)b.o.mincount);
    spell(&b.c, &b.o);
    akin_status status = build(&b, &err);
    int64_t line = 0;
    int i = -2; /* the first two are warm-up */
    double begin = now_s();
    for (; status == AKIN_OK && i < MOST && (i < 3 || now_s() - begin < b.o.seconds); i++) {
        if (i == 0) begin = now_s();
        status = step(&b, &line, i, &err);
    }
    if (status != AKIN_OK) {
        fprintf(stderr, "bench_bag: %s\n", err.message);
        return akin_status_exit_code(status);
    }
    print(&b, i);
    akin_bag_free(b.bag);
    return 0;
}
