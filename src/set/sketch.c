/* SPDX-License-Identifier: Apache-2.0 */
/* set/sketch.c - items as short rows without an encoder, which copies of an item nearly share.
 *
 *     pictures  grey, as means over a grid of boxes: GREY 16 x 16, the mean taken off; EDGES 10 x 10, of
 *               which the differences of boxes side by side and one below the other, x |x|^-0.3 each, so
 *               that the strongest edges do not speak alone
 *     texts     runs of four characters, case, blanks and punctuation of ASCII aside, each hashed to one of
 *               1024 columns and a sign; of the sums the root, so that no frequent run speaks alone
 *     vectors   the columns as training scales them, and one more that holds the usual length of a row: rows
 *               that differ in length alone differ in direction
 *
 * What has nothing to compare, a picture of one colour or a text without a letter, becomes a row of zeros. */
#include "akin/tool/dataset.h"
#include "set/kinds.h"

#include <math.h>
#include <string.h>

enum { GREY_SIDE = 16, EDGES_SIDE = 10, MOST_SIDE = 16 };
enum { RUN = 4, RUN_COLUMNS = 1024, GRAIN = 16 };
enum { AT_ONCE = 256, BYTES_AT_ONCE = 1 << 26 }; /* pictures in memory */

const char *akin_dataset_sketch_name(const akin_dataset *s, akin_sketch form)
{
    return s->kind->pictures ? (form == AKIN_SKETCH_EDGES ? "edges of small pictures" : "small grey pictures")
           : s->kind->item_text ? "runs of four characters"
           : s->kind->raw       ? "columns"
                                : NULL;
}

int64_t akin_dataset_sketch_width(const akin_dataset *s, akin_sketch form)
{
    return s->kind->pictures
               ? (form == AKIN_SKETCH_EDGES ? 2 * EDGES_SIDE * (EDGES_SIDE - 1) : GREY_SIDE * GREY_SIDE)
           : s->kind->item_text ? RUN_COLUMNS
           : s->kind->raw       ? s->kind->raw->width(s->set) + 1
                                : 0;
}

/* Pictures ------------------------------------------------------------------------------------- */

/* The share of input i..i+1 of n that lies in box b of `side`, [b n/side, (b+1) n/side). */
static double share(int64_t i, int64_t b, int64_t side, int64_t n)
{
    const double begin = fmax((double)i, (double)b * (double)n / (double)side),
                 end = fmin((double)(i + 1), (double)(b + 1) * (double)n / (double)side);
    return fmax(0, end - begin) * (double)side / (double)n;
}

/* First and last input of box b. */
static int64_t first_of(int64_t b, int64_t side, int64_t n) { return b * n / side; }
static int64_t last_of(int64_t b, int64_t side, int64_t n) { return ((b + 1) * n + side - 1) / side - 1; }

static double box(const uint8_t *pixels, const akin_images *im, int64_t side, int64_t y, int64_t x)
{
    double sum = 0;
    for (int64_t i = first_of(y, side, im->height); i <= last_of(y, side, im->height); i++) {
        double line = 0;
        for (int64_t j = first_of(x, side, im->width); j <= last_of(x, side, im->width); j++) {
            const uint8_t *at = pixels + (i * im->width + j) * im->channels;
            int grey = 0;
            for (int64_t c = 0; c < im->channels; c++) grey += at[c];
            line += grey * share(j, x, side, im->width);
        }
        sum += line * share(i, y, side, im->height);
    }
    return sum / (255.0 * (double)im->channels);
}

typedef struct shrinking {
    const akin_images *images;
    const uint8_t *pixels;
    akin_sketch form;
    akin_mat out;
} shrinking;

/* One colour leaves rounding behind. */
static double without_rounding(double x) { return fabs(x) < 1e-9 ? 0 : x; }

static void write_grey(const double *value, float *row)
{
    double mean = 0;
    for (int k = 0; k < GREY_SIDE * GREY_SIDE; k++) mean += value[k] / (GREY_SIDE * GREY_SIDE);
    for (int k = 0; k < GREY_SIDE * GREY_SIDE; k++) row[k] = (float)without_rounding(value[k] - mean);
}

static float edge(double x) { return (float)copysign(pow(fabs(without_rounding(x)), 0.7), x); }

static void write_edges(const double *value, float *row)
{
    enum { S = EDGES_SIDE };
    for (int y = 0; y < S; y++)
        for (int x = 0; x < S - 1; x++) *row++ = edge(value[y * S + x + 1] - value[y * S + x]);
    for (int y = 0; y < S - 1; y++)
        for (int x = 0; x < S; x++) *row++ = edge(value[(y + 1) * S + x] - value[y * S + x]);
}

static void shrink(int64_t begin, int64_t end, void *ctx)
{
    const shrinking *w = ctx;
    const akin_images *im = w->images;
    const int64_t side = w->form == AKIN_SKETCH_EDGES ? EDGES_SIDE : GREY_SIDE;
    for (int64_t i = begin; i < end; i++) {
        double value[MOST_SIDE * MOST_SIDE];
        const uint8_t *pixels = w->pixels + i * im->height * im->width * im->channels;
        for (int64_t k = 0; k < side * side; k++) value[k] = box(pixels, im, side, k / side, k % side);
        (w->form == AKIN_SKETCH_EDGES ? write_edges : write_grey)(value, ak_row(w->out, i));
    }
}

static akin_status sketch_pictures(const akin_images *im, akin_sketch form, akin_mat out, akin_error *err)
{
    int64_t items[AT_ONCE];
    const int64_t bytes = im->height * im->width * im->channels, fit = BYTES_AT_ONCE / bytes;
    const int64_t step = fit < 1 ? 1 : fit < AT_ONCE ? fit : AT_ONCE;
    uint8_t *pixels = ak_alloc(1, step, bytes);
    akin_status status = pixels ? AKIN_OK : ak_no_memory(err, "for %lld pictures", (long long)step);
    for (int64_t first = 0; first < im->n && !status; first += step) {
        const int64_t n = im->n - first < step ? im->n - first : step;
        for (int64_t i = 0; i < n; i++) items[i] = first + i;
        status = akin_images_fetch(im, items, n, pixels, err);
        shrinking w = { im, pixels, form, { ak_row(out, first), n, out.cols, out.stride } };
        if (!status) ak_parallel_for(n, GRAIN, shrink, &w);
    }
    free(pixels);
    return status;
}

/* Texts ---------------------------------------------------------------------------------------- */

/* The next character of at[0..n) into *c, and how many bytes it takes; a blank for blanks and punctuation of
 * ASCII. Texts are UTF-8. */
static int64_t next_character(const unsigned char *at, int64_t n, uint32_t *c)
{
    int64_t used = 1;
    *c = at[0];
    while (used < n && (at[used] & 0xC0) == 0x80 && at[0] >= 0xC0) *c = *c << 8 | at[used++];
    const bool capital = *c >= 'A' && *c <= 'Z', letter = capital || (*c >= 'a' && *c <= 'z');
    if (capital) *c += 'a' - 'A';
    if (*c < 0x80 && !letter && !(*c >= '0' && *c <= '9')) *c = ' ';
    return used;
}

/* Every bit of the run into every bit of the result. */
static uint64_t hash_run(const uint32_t run[RUN])
{
    uint64_t h = 0x9E3779B97F4A7C15u;
    for (int k = 0; k < RUN; k++) {
        h = (h ^ run[k]) * 0xBF58476D1CE4E5B9u;
        h ^= h >> 29;
    }
    h *= 0x94D049BB133111EBu;
    return h ^ (h >> 31);
}

static void add_run(const uint32_t run[RUN], float *row)
{
    const uint64_t h = hash_run(run);
    row[h % RUN_COLUMNS] += h >> 63 ? 1 : -1;
}

/* A blank stands before the first character and behind the last. */
static void sketch_text(const unsigned char *text, int64_t bytes, float *row)
{
    uint32_t run[RUN] = { 0, 0, 0, ' ' }, c;
    int64_t characters = 0;
    memset(row, 0, RUN_COLUMNS * sizeof *row);
    for (int64_t at = 0; at <= bytes;) {
        if (at < bytes)
            at += next_character(text + at, bytes - at, &c);
        else
            c = ' ', at++;
        if (c == ' ' && run[RUN - 1] == ' ') continue;
        memmove(run, run + 1, (RUN - 1) * sizeof *run);
        run[RUN - 1] = c;
        if (++characters >= RUN - 1) add_run(run, row);
    }
    if (characters > 0 && characters < RUN - 1) add_run(run, row);
    for (int64_t k = 0; k < RUN_COLUMNS; k++) row[k] = copysignf(sqrtf(fabsf(row[k])), row[k]);
}

typedef struct hashing {
    const akin_dataset *set;
    const char *split;
    akin_mat out;
} hashing;

static void hash_texts(int64_t begin, int64_t end, void *ctx)
{
    const hashing *w = ctx;
    for (int64_t i = begin; i < end; i++) {
        int64_t bytes;
        const char *text = w->set->kind->item_text(w->set->set, w->split, i, &bytes);
        sketch_text((const unsigned char *)text, bytes, ak_row(w->out, i));
    }
}

/* Vectors -------------------------------------------------------------------------------------- */

static akin_status sketch_vectors(const akin_dataset *s, const char *split, akin_mat out, akin_error *err)
{
    const int64_t d = out.cols - 1;
    const akin_mat columns = { out.data, out.rows, d, out.stride };
    AK_TRY(s->kind->raw->read(s->set, split, columns, err));
    double sum = 0;
    for (int64_t i = 0; i < out.rows; i++)
        for (int64_t c = 0; c < d; c++) sum += (double)ak_row(out, i)[c] * (double)ak_row(out, i)[c];
    const double usual = sqrt(sum / (double)(out.rows ? out.rows : 1));
    for (int64_t i = 0; i < out.rows; i++) ak_row(out, i)[d] = usual > 0 ? (float)usual : 1;
    return AKIN_OK;
}

akin_status akin_dataset_sketch_rows(const akin_dataset *s, const char *split, akin_sketch form, akin_mat out,
                                     akin_error *err)
{
    akin_split_view part = AKIN_SPLIT_VIEW_INIT;
    akin_images images = AKIN_IMAGES_INIT;
    if (!s || !split) return ak_fail(err, AKIN_ERR_ARGUMENT, "sketch_rows: set and split must not be NULL");
    if (form != AKIN_SKETCH_GREY && form != AKIN_SKETCH_EDGES)
        return ak_fail(err, AKIN_ERR_RANGE, "sketch_rows: form is %d; it must be one of akin_sketch",
                       (int)form);
    AK_TRY(s->kind->split(s->set, split, &part, err));
    const int64_t width = akin_dataset_sketch_width(s, form);
    if (!width) return ak_fail(err, AKIN_ERR_UNSUPPORTED, "%s have no sketch", s->kind->unit);
    if (!out.data || out.rows != part.n || out.cols != width || out.stride < width)
        return ak_fail(err, AKIN_ERR_SHAPE, "sketch_rows: out is [%lld,%lld]; it must be [%lld,%lld]",
                       (long long)out.rows, (long long)out.cols, (long long)part.n, (long long)width);
    if (s->kind->pictures) {
        AK_TRY(s->kind->pictures(s->set, split, &images, err));
        return sketch_pictures(&images, form, out, err);
    }
    if (!s->kind->item_text) return sketch_vectors(s, split, out, err);
    hashing w = { s, split, out };
    ak_parallel_for(part.n, GRAIN, hash_texts, &w);
    return AKIN_OK;
}
