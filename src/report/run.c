/* SPDX-License-Identifier: Apache-2.0 */
/* report/run.c - read a run folder (docs/formats.md, "The run folder").
 *
 * Only run.json must be there and whole: it makes a folder a run. Every other part may be missing, damaged or
 * still being written; what cannot be used becomes a sentence in notes. A file larger than its limit is not
 * read. Bytes that are not UTF-8 are replaced before the text is parsed, so that one odd file name does not
 * lose a run. */
#define _XOPEN_SOURCE 700 /* realpath */
#include "report/run.h"
#include "report/results.h"
#include "base/path.h"
#include "base/plain.h"
#include "base/escape.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static const size_t RECORD_LIMIT = (size_t)64 << 20, METRICS_LIMIT = (size_t)1 << 30,
                    PICTURES_LIMIT = (size_t)256 << 20;

void ak_run_note(ak_run *run, const char *format, ...)
{
    char sentence[1024];
    va_list list;
    va_start(list, format);
    akin_vformat(sentence, sizeof sentence, format, list);
    va_end(list);
    ak_html_put(&run->notes, "<p>%s</p>\n", sentence);
}

/* A part that cannot be read, or holds something else: a note, and the first such error is kept. */
static void unusable(ak_run *run, const char *name, const akin_error *why)
{
    ak_run_note(run, "%s could not be used: %s.", name, why->message);
    if (!run->unread.status) run->unread = *why;
}

/* Whether a part of the run is there, and its bytes; a note where that cannot be found out. */
static bool exists(ak_run *run, const char *name, const char *path, int64_t *bytes)
{
    akin_error err;
    struct stat info;
    bool there;
    if (ak_look(path, &there, &info, &err))
        unusable(run, name, &err);
    else if (there && bytes)
        *bytes = info.st_size;
    return there;
}

/* Whether a file of pictures is there, and not too large; a note where it is. */
static bool usable(ak_run *run, const char *name, const char *path)
{
    int64_t bytes = 0;
    if (!exists(run, name, path, &bytes)) return false;
    if (bytes <= (int64_t)PICTURES_LIMIT) return true;
    ak_run_note(run, "%s could not be used: it is larger than 256 MB.", name);
    return false;
}

/* The JSON value in a file. */
static akin_status load_json(const char *path, akin_json **out, akin_error *err)
{
    char *text = NULL;
    size_t bytes = 0;
    AK_TRY(akin_file_load(path, RECORD_LIMIT, &text, &bytes, err));
    ak_html clean = { 0 };
    ak_html_utf8(&clean, text, bytes);
    free(text);
    akin_status status = AKIN_OK;
    if (clean.failed)
        status = ak_fail(err, AKIN_ERR_NOMEM, "no memory for the %zu bytes of '%s'", bytes, path);
    else if (clean.used == 0)
        status = ak_fail(err, AKIN_ERR_FORMAT, "'%s' is empty; it must hold JSON", path);
    else
        status = akin_json_parse(clean.data, clean.used, path, 0, out, err);
    free(clean.data);
    return status;
}

/* A part that may be missing (NULL, no word about it) or damaged (NULL, and a note). */
static akin_json *optional_json(ak_run *run, const char *name)
{
    char *path = ak_path_join(run->folder, name);
    akin_json *value = NULL;
    akin_error err;
    if (path && exists(run, name, path, NULL) && load_json(path, &value, &err) != AKIN_OK)
        unusable(run, name, &err);
    free(path);
    return value;
}

/* Metrics ---------------------------------------------------------------------------------------------- */

static bool curve_grow(ak_curve *c)
{
    if (c->n < c->room) return true;
    const int64_t room = c->room ? 2 * c->room : 256;
    for (int s = 0; s < AK_SERIES; s++) {
        double *more = realloc(c->x[s], (size_t)room * sizeof *more);
        if (!more) return false;
        c->x[s] = more;
    }
    c->room = room;
    return true;
}

/* One logged step. A run that was resumed logs some steps again: what came later counts. */
static bool add_step(ak_run *run, akin_json *line)
{
    static const char *const KEY[AK_SERIES] = { "step",          "loss",           "lr",
                                                "samples_per_s", "data_wait_frac", "elapsed_s" };
    ak_curve *c = &run->curve;
    const double step = akin_json_get_real(line, "step");
    if (!(step >= 0) || !isfinite(step)) return true; /* some other record */
    while (c->n > 0 && c->x[AK_STEP][c->n - 1] >= step) c->n--;
    if (!curve_grow(c)) return false;
    for (int s = 0; s < AK_SERIES; s++) c->x[s][c->n] = akin_json_get_real(line, KEY[s]);
    c->n++;
    if (step == 1) run->at_first = akin_json_get_real(line, "learned");
    akin_json_free(run->last);
    run->last = akin_json_share(line);
    return true;
}

static akin_status read_metrics(ak_run *run, const char *text, size_t bytes, akin_error *err)
{
    ak_html clean = { 0 };
    ak_html_utf8(&clean, text, bytes);
    bool memory = !clean.failed;
    size_t at = 0;
    while (memory) {
        akin_json *line;
        const akin_status parsed = akin_json_line(clean.data, clean.used, &at, &line, NULL);
        if (parsed == AKIN_ERR_INPUT) break;
        if (akin_json_is_object(line))
            memory = add_step(run, line);
        else if (parsed == AKIN_ERR_NOMEM)
            memory = false;
        else if (clean.data[at - 1] != '\n')
            run->partial = true;
        else
            run->bad_lines++;
        akin_json_free(line);
    }
    free(clean.data);
    return memory ? AKIN_OK : ak_fail(err, AKIN_ERR_NOMEM, "no memory for the metrics of '%s'", run->folder);
}

static double first_known(double a, double b) { return isfinite(a) ? a : b; }

/* Where the last loss stands; what the run logged is taken before what can be worked out. */
static void calibrate(ak_run *run)
{
    const akin_json *loss = akin_json_get(run->record, "loss");
    run->chance = first_known(akin_json_get_real(loss, "chance"), akin_json_get_real(run->last, "chance"));
    run->floor = first_known(akin_json_get_real(loss, "floor"), akin_json_get_real(run->last, "floor"));
    run->permuted = akin_json_get_real(run->last, "permuted");
    run->loss = run->learned = NAN;
    for (int64_t i = 0; i < run->curve.n; i++) {
        const double x = run->curve.x[AK_LOSS][i];
        if (isfinite(x))
            run->loss = x;
        else
            run->not_finite++;
    }
    if (!(run->chance > run->floor)) run->floor = NAN; /* also when chance is unknown */
    if (isfinite(run->floor) && isfinite(run->loss))
        run->learned = first_known(akin_json_get_real(run->last, "learned"),
                                   fmin(1, fmax(0, (run->chance - run->loss) / (run->chance - run->floor))));
}

static akin_status load_metrics(ak_run *run, akin_error *err)
{
    run->at_first = NAN;
    char *path = ak_path_join(run->folder, "metrics.jsonl"), *text = NULL;
    size_t bytes = 0;
    akin_error why;
    akin_status status = AKIN_OK;
    if (path && exists(run, "metrics.jsonl", path, NULL)) {
        if (akin_file_load(path, METRICS_LIMIT, &text, &bytes, &why) == AKIN_OK)
            status = read_metrics(run, text, bytes, err);
        else
            unusable(run, "metrics.jsonl", &why);
    }
    free(text);
    free(path);
    calibrate(run);
    if (run->partial) ak_run_note(run, "The last line of metrics.jsonl is incomplete and was left out.");
    if (run->bad_lines)
        ak_run_note(run, "%lld line%s of metrics.jsonl could not be read and %s left out.",
                    (long long)run->bad_lines, run->bad_lines > 1 ? "s" : "",
                    run->bad_lines > 1 ? "were" : "was");
    if (run->not_finite)
        ak_run_note(run, "%lld logged step%s no finite loss; the curve has a gap there.",
                    (long long)run->not_finite, run->not_finite > 1 ? "s have" : " has");
    return status;
}

/* Pictures --------------------------------------------------------------------------------------------- */

/* AKIN_OK with images->data = NULL when there is no such file. */
static void load_images(ak_run *run, const char *name, akin_array *images)
{
    char *path = ak_path_join(run->folder, name);
    akin_error err;
    if (!path || !usable(run, name, path)) {
        free(path);
        return;
    }
    if (akin_npy_load(path, images, &err) != AKIN_OK)
        unusable(run, name, &err);
    else {
        const int64_t *s = images->shape;
        const bool good = images->ndim == 5 && images->dtype == AKIN_DTYPE_U8 && s[0] >= 1 && s[1] >= 2 &&
                          s[2] >= 1 && s[2] <= 8192 && s[3] >= 1 && s[3] <= 8192 && (s[4] == 1 || s[4] == 3);
        if (!good) {
            ak_run_note(run,
                        "%s could not be used: it must be uint8 [rows, columns >= 2, height, width, 1 or 3].",
                        name);
            akin_array_free(images);
        }
    }
    free(path);
}

static void load_neighbours(ak_run *run, const char *array, const char *words, ak_decoded_grid *sheet)
{
    load_images(run, array, &sheet->images);
    sheet->words = optional_json(run, words);
    const akin_json *rows = akin_json_get(sheet->words, "rows");
    if (sheet->words && sheet->images.data && (int64_t)akin_json_length(rows) != sheet->images.shape[0]) {
        ak_run_note(run, "%s could not be used: it has %zu rows and %s has %lld.", words,
                    akin_json_length(rows), array, (long long)sheet->images.shape[0]);
        akin_json_free(sheet->words);
        sheet->words = NULL;
    }
}

/* The folder -------------------------------------------------------------------------------------------- */

/* "runs/first/" -> "first"; "." is asked of the system. */
static char *last_component(const char *folder)
{
    char *real = ak_realpath(folder);
    const char *path = real ? real : folder;
    const char *slash = strrchr(path, '/');
    char *name = strdup(slash && slash[1] ? slash + 1 : path);
    free(real);
    return name;
}

static akin_status load_record(ak_run *run, akin_error *err)
{
    struct stat info;
    if (stat(run->folder, &info) != 0) /* not there, or not to be seen */
        return ak_fail(err, ak_status_of(errno, AKIN_ERR_INPUT), "cannot open the run folder '%s': %s",
                       run->folder, ak_strerror(errno));
    if (!S_ISDIR(info.st_mode))
        return ak_fail(err, AKIN_ERR_INPUT, "'%s' is a file, not a run folder", run->folder);
    char *path = ak_path_join(run->folder, "run.json");
    run->name = last_component(run->folder);
    bool there = false;
    akin_status status = path && run->name
                             ? ak_look(path, &there, NULL, err)
                             : ak_fail(err, AKIN_ERR_NOMEM, "no memory for the path '%s'", run->folder);
    if (!status && !there)
        status =
            ak_fail(err, AKIN_ERR_INPUT,
                    "'%s' is not a run folder: it has no run.json; 'akin train DATA --out RUN' makes one",
                    run->folder);
    else if (!status)
        status = load_json(path, &run->record, err);
    if (status == AKIN_OK && !akin_json_is_object(run->record))
        status = ak_fail(err, AKIN_ERR_FORMAT, "'%s' holds no JSON object", path);
    free(path);
    return status;
}

/* A file whose member must be a list, or NULL and a note. */
static akin_json *json_with_list(ak_run *run, const char *name, const char *member)
{
    akin_json *value = optional_json(run, name);
    if (!value || akin_json_is_array(akin_json_get(value, member))) return value;
    ak_run_note(run, "%s could not be used: it has no list of %s.", name, member);
    akin_json_free(value);
    return NULL;
}

static void load_results(ak_run *run)
{
    run->evaluation = json_with_list(run, "eval.json", "results");
    run->eval = akin_json_share(akin_json_get(run->evaluation, "results"));
    run->diagnosis = json_with_list(run, "diagnose.json", "measures");
    run->bounds = json_with_list(run, "bounds.json", "bounds");
    ak_run_judge(run);
}

/* Which items each result got right, for a comparison with other runs. */
static void load_items(ak_run *run)
{
    const char *name = akin_json_get_text(run->evaluation, "items");
    char *path = name && !strchr(name, '/') ? ak_path_join(run->folder, name) : NULL;
    akin_error err;
    if (path && usable(run, name, path)) {
        if (akin_npy_load(path, &run->items, &err) != AKIN_OK)
            unusable(run, name, &err);
        else if (run->items.dtype != AKIN_DTYPE_U8 || run->items.ndim != 2)
            akin_array_free(&run->items);
    }
    free(path);
}

akin_status ak_run_load(ak_run *run, const char *folder, bool with_pictures, akin_error *err)
{
    memset(run, 0, sizeof *run);
    run->folder = folder;
    AK_TRY(load_record(run, err));
    AK_TRY(load_metrics(run, err));
    load_results(run);
    char *done = ak_path_join(folder, "DONE");
    if (done && exists(run, "DONE", done, NULL)) {
        run->done = optional_json(run, "DONE");
        if (!akin_json_is_object(run->done)) {
            akin_json_free(run->done);
            run->done = akin_json_object();
        }
    }
    free(done);
    if (!with_pictures) load_items(run);
    if (with_pictures) {
        load_images(run, "gallery/views.npy", &run->views.images);
        load_neighbours(run, "gallery/neighbours.npy", "gallery/neighbours.json",
                        &run->neighbours[AK_TRAINED]);
        load_neighbours(run, "gallery/neighbours-pixels.npy", "gallery/neighbours-pixels.json",
                        &run->neighbours[AK_PIXELS]);
        load_neighbours(run, "gallery/difficulty.npy", "gallery/difficulty.json", &run->difficulty);
    }
    return AKIN_OK;
}

bool ak_run_logged(const ak_run *run, ak_series series)
{
    for (int64_t i = 0; i < run->curve.n; i++)
        if (isfinite(run->curve.x[series][i])) return true;
    return false;
}

static void free_sheet(ak_decoded_grid *sheet)
{
    akin_array_free(&sheet->images);
    akin_json_free(sheet->words);
}

void ak_run_free(ak_run *run)
{
    free(run->name);
    akin_json_free(run->record);
    akin_json_free(run->eval);
    akin_json_free(run->evaluation);
    akin_json_free(run->bounds);
    akin_json_free(run->diagnosis);
    akin_json_free(run->done);
    akin_json_free(run->last);
    for (int s = 0; s < AK_SERIES; s++) free(run->curve.x[s]);
    akin_array_free(&run->items);
    free_sheet(&run->views);
    free_sheet(&run->difficulty);
    for (int i = 0; i < AK_NEIGHBOURS; i++) free_sheet(&run->neighbours[i]);
    free(run->notes.data);
    memset(run, 0, sizeof *run);
}

akin_status ak_runs_check(const char *const *runs, int count, const char *who, akin_error *err)
{
    if (!runs) return ak_fail(err, AKIN_ERR_ARGUMENT, "%s: runs must not be NULL", who);
    if (count < 1 || count > AKIN_REPORT_MAX_RUNS)
        return ak_fail(err, AKIN_ERR_RANGE, "%s: %d runs; it must be 1 to %d", who, count,
                       AKIN_REPORT_MAX_RUNS);
    for (int r = 0; r < count; r++)
        if (!runs[r] || !*runs[r])
            return ak_fail(err, AKIN_ERR_ARGUMENT, "%s: the path of run %d is empty", who, r);
    return AKIN_OK;
}

akin_status ak_runs_load(const char *const *runs, int count, bool with_pictures, const char *who,
                         ak_run **out, akin_error *err)
{
    AK_TRY(ak_runs_check(runs, count, who, err));
    akin_status status = AKIN_OK;
    ak_run *all = calloc((size_t)count, sizeof *all);
    if (!all) return ak_fail(err, AKIN_ERR_NOMEM, "%s: no memory for %d runs", who, count);
    for (int r = 0; r < count && !status; r++) status = ak_run_load(&all[r], runs[r], with_pictures, err);
    for (int r = 0; r < count && !status; r++) /* a remark that is lost would be lost in silence */
        if (all[r].notes.failed) status = ak_no_memory(err, "for remarks on '%s'", runs[r]);
    if (!status) status = ak_results_comparable(all, count, err);
    if (status)
        ak_runs_free(all, count);
    else
        *out = all;
    return status;
}

void ak_runs_free(ak_run *runs, int count)
{
    for (int r = 0; runs && r < count; r++) ak_run_free(&runs[r]);
    free(runs);
}
