/* SPDX-License-Identifier: Apache-2.0 */
/* report/results.c - accuracies: look them up, refuse what cannot be compared, and say them in a sentence. */
#include "report/results.h"

#include <math.h>
#include <string.h>

#define LINEAR                                                                                               \
    "L2-regularised multinomial logistic regression on standardised features, fitted by L-BFGS; the "        \
    "strength lambda is picked on a fifth of each training class held out, then all rows are fitted. Test "  \
    "items are used for nothing but the accuracy. A fit goes on "

/* What is known of the protocols; the first rows are shown first. */
static const struct {
    const char *name, *word, *text;
} KNOWN[] = {
    { "mean-v1", "mean classifier",
      "Predicts the class whose mean has the greatest inner product with the test item; the mean is that of "
      "the "
      "unit-length training features of the class. It has no bias and fits nothing else." },
    { "centroid-v1", "nearest centroid",
      "Predicts the class whose mean is nearest to the test item, by Euclidean distance; the mean is that of "
      "the training features of the class as they are." },
    { "knn-v1", "kNN",
      "Weighted vote of the k training items with the greatest cosine similarity s, each with weight "
      "exp(s/T); "
      "exact, without an index." },
    { "linear-v2", "linear classifier", LINEAR "until the loss is within a thousandth of its minimum." },
    { "linear-v1", "linear classifier", LINEAR "until no entry of the gradient exceeds 1e-4." },
};
enum { KNOWN_COUNT = sizeof KNOWN / sizeof *KNOWN };

static int rank_of(const char *name)
{
    for (int i = 0; i < KNOWN_COUNT; i++)
        if (strcmp(KNOWN[i].name, name) == 0) return i;
    return KNOWN_COUNT;
}

const char *ak_measure_word(const char *name)
{
    const int rank = rank_of(name);
    return rank < KNOWN_COUNT ? KNOWN[rank].word : name;
}

/* NaN for null, 0 and absent: all labels. */
static double labels_of(const akin_json *row)
{
    const double labels = akin_json_get_real(row, "labels_per_class");
    return labels > 0 ? labels : NAN;
}

static bool same_labels(double a, double b) { return a == b || (isnan(a) && isnan(b)); }

static bool before(ak_measure a, ak_measure b)
{
    const int ra = rank_of(a.name), rb = rank_of(b.name);
    if (ra != rb) return ra < rb;
    return (isnan(a.labels) ? INFINITY : a.labels) > (isnan(b.labels) ? INFINITY : b.labels);
}

int ak_measures(const ak_run *runs, int count, ak_measure *out)
{
    int used = 0;
    for (int r = 0; r < count; r++)
        for (size_t i = 0; i < akin_json_length(runs[r].eval); i++) {
            const akin_json *row = akin_json_at(runs[r].eval, i);
            const ak_measure m = { akin_json_get_text(row, "protocol"), labels_of(row) };
            if (!m.name || !isfinite(akin_json_get_real(row, "top1"))) continue;
            if (akin_json_get(row, "avg"))
                continue; /* kway: its top1 is that of another row, AVG-k is the point */
            int at = 0;
            while (at < used && !(strcmp(out[at].name, m.name) == 0 && same_labels(out[at].labels, m.labels)))
                at++;
            if (at < used || used == AK_MAX_MEASURES) continue;
            for (at = used++; at > 0 && before(m, out[at - 1]); at--) out[at] = out[at - 1];
            out[at] = m;
        }
    return used;
}

bool ak_layer_whitened(const char *layer)
{
    static const char END[] = "-white";
    const size_t n = layer ? strlen(layer) : 0, end = sizeof END - 1;
    return n > end && strcmp(layer + n - end, END) == 0;
}

static bool is_layer(const char *of, const char *layer)
{
    if (!layer || strcmp(layer, AK_RAW) == 0) return !ak_layer_whitened(of);
    if (strcmp(layer, AK_RAW_WHITE) == 0) return ak_layer_whitened(of);
    return strcmp(of ? of : "", layer) == 0;
}

const char *ak_raw_words(const ak_run *runs, int count)
{
    int images = 0, tables = 0, texts = 0;
    for (int r = 0; r < count; r++) {
        const char *kind = akin_json_get_text(ak_run_part(&runs[r], "data"), "kind");
        tables += kind && strcmp(kind, "vectors") == 0;
        texts += kind && strcmp(kind, "text") == 0;
        images += !kind || strcmp(kind, "images") == 0; /* old runs are of images */
    }
    if (texts == count) return "a bag of words";
    return images == count ? "raw pixels" : tables == count ? "raw columns" : "raw data";
}

ak_accuracy ak_accuracy_find(const ak_run *run, ak_measure m, const char *encoder, const char *layer)
{
    ak_accuracy score = { NULL, NAN, NAN, NAN, NAN };
    for (size_t i = 0; i < akin_json_length(run->eval); i++) {
        const akin_json *row = akin_json_at(run->eval, i);
        const char *name = akin_json_get_text(row, "protocol"), *by = akin_json_get_text(row, "encoder");
        const char *of = akin_json_get_text(row, "layer");
        if (!name || strcmp(name, m.name) != 0 || !same_labels(labels_of(row), m.labels)) continue;
        if (strcmp(by ? by : "trained", encoder) != 0) continue;
        if (!is_layer(of, layer)) continue;
        const akin_json *interval = akin_json_get(row, "ci95");
        score.row = row;
        score.top1 = akin_json_get_real(row, "top1");
        score.n = akin_json_get_real(row, "n");
        score.low = akin_json_is_number(akin_json_at(interval, 0))
                        ? akin_json_as_real(akin_json_at(interval, 0))
                        : NAN;
        score.high = akin_json_is_number(akin_json_at(interval, 1))
                         ? akin_json_as_real(akin_json_at(interval, 1))
                         : NAN;
        if (isfinite(score.top1)) return score; /* the first of equal ones */
        score = (ak_accuracy){ NULL, NAN, NAN, NAN, NAN };
    }
    return score;
}

/* Comparable? ------------------------------------------------------------------------------------------ */

/* "knn" of "knn-v1" */
static size_t family(const char *name)
{
    const char *version = strstr(name, "-v");
    return version ? (size_t)(version - name) : strlen(name);
}

static bool same_family(const char *a, const char *b)
{
    const size_t n = family(a);
    return n == family(b) && strncmp(a, b, n) == 0;
}

/* A result of a protocol in run, or NULL; of its family but not of its version if `other`. */
static const akin_json *with_protocol(const ak_run *run, const char *name, bool other)
{
    for (size_t i = 0; i < akin_json_length(run->eval); i++) {
        const akin_json *row = akin_json_at(run->eval, i);
        const char *have = akin_json_get_text(row, "protocol");
        if (have && same_family(have, name) && (strcmp(have, name) != 0) == other) return row;
    }
    return NULL;
}

static akin_status comparable(const ak_run *a, const ak_run *b, akin_error *err)
{
    static const char *const PARAMETER[] = { "k", "temperature" };
    for (size_t i = 0; i < akin_json_length(a->eval); i++) {
        const akin_json *row = akin_json_at(a->eval, i);
        const char *name = akin_json_get_text(row, "protocol");
        if (!name) continue;
        const akin_json *same = with_protocol(b, name, false), *other = with_protocol(b, name, true);
        if (!same && other)
            return ak_fail(
                err, AKIN_ERR_INPUT,
                "'%s' was evaluated with %s and '%s' with %s: numbers of different protocols are not "
                "compared; run 'akin eval' on both with the same version",
                a->folder, name, b->folder, akin_json_get_text(other, "protocol"));
        for (size_t p = 0; same && p < sizeof PARAMETER / sizeof *PARAMETER; p++) {
            const double x = akin_json_get_real(row, PARAMETER[p]),
                         y = akin_json_get_real(same, PARAMETER[p]);
            if (isfinite(x) && isfinite(y) && x != y)
                return ak_fail(err, AKIN_ERR_INPUT,
                               "'%s' was evaluated by %s with %s = %g and '%s' with %g: such numbers are not "
                               "compared; run 'akin eval' on both in the same way",
                               a->folder, name, PARAMETER[p], x, b->folder, y);
        }
    }
    return AKIN_OK;
}

akin_status ak_results_comparable(const ak_run *runs, int count, akin_error *err)
{
    for (int a = 0; a < count; a++)
        for (int b = 0; b < count; b++)
            if (a != b) AK_TRY(comparable(&runs[a], &runs[b], err));
    return AKIN_OK;
}

/* In words --------------------------------------------------------------------------------------------- */

bool ak_accuracies_overlap(ak_accuracy a, ak_accuracy b)
{
    return a.low <= b.high && b.low <= a.high; /* false if one is unknown */
}

/* The measure that speaks for the run: kNN if there is one, it has nothing to tune. */
static bool speaking(const ak_run *run, ak_measure *out)
{
    static const char *const FIRST[] = { "knn-v1", "linear-v2", "linear-v1", "mean-v1" };
    ak_measure all[AK_MAX_MEASURES];
    const int n = ak_measures(run, 1, all);
    for (size_t f = 0; f < sizeof FIRST / sizeof *FIRST; f++)
        for (int i = 0; i < n; i++)
            if (strcmp(all[i].name, FIRST[f]) == 0 &&
                ak_accuracy_find(run, all[i], "trained", "backbone").row) {
                *out = all[i];
                return true;
            }
    for (int i = 0; i < n; i++)
        if (ak_accuracy_find(run, all[i], "trained", NULL).row) {
            *out = all[i];
            return true;
        }
    return false;
}

/* The word at the beginning of a sentence. */
static void put_first_word(ak_html *h, const char *name)
{
    const char *word = ak_measure_word(name);
    const bool capital = rank_of(name) < KNOWN_COUNT && strcmp(word, "kNN") != 0;
    const char first = (char)(word[0] - 'a' + 'A');
    if (capital) ak_html_bytes(h, &first, 1);
    ak_html_text(h, word + capital);
}

/* ": no better than pixels (+0.2 points ...)" for each baseline; false where eval.json does not tell. */
static bool put_paired(ak_html *h, const ak_run *run, ak_accuracy trained)
{
    const ak_difference d[2] = { ak_difference_from(trained, "none"), ak_difference_from(trained, "random") };
    const char *raw = ak_raw_words(run, 1), *pixels = "raw pixels";
    const char *names[2] = { strcmp(raw, pixels) == 0 ? "pixels" : raw, "a random encoder" };
    bool any = false;
    for (int k = 0; k < 2; k++) {
        if (!d[k].known) continue;
        ak_html_put(h, "%s<b>%s %s</b>", any ? ", " : ": ",
                    d[k].direction > 0 ? "better than" : "no better than", names[k]);
        if (d[k].direction > 0) ak_html_put(h, " by %.1f points", 100 * d[k].value);
        ak_html_raw(h, " (");
        ak_difference_put(h, d[k], d[k].direction <= 0);
        ak_html_raw(h, ")");
        any = true;
    }
    return any;
}

/* " against 84.6 % on raw pixels and 82.2 % for a random encoder", and what weakens it; no full stop. */
static void put_against(ak_html *h, const ak_run *run, ak_accuracy trained, ak_accuracy raw,
                        ak_accuracy random)
{
    if (!raw.row && !random.row) return;
    ak_html_raw(h, " against ");
    if (raw.row) {
        ak_html_percent(h, raw.top1);
        ak_html_put(h, " on %s%s", ak_raw_words(run, 1), random.row ? " and " : "");
    }
    if (random.row) {
        ak_html_percent(h, random.top1);
        ak_html_raw(h, " for a random encoder");
    }
    if (put_paired(h, run, trained)) return;
    const ak_accuracy best = !random.row || raw.top1 >= random.top1 ? raw : random;
    if (ak_accuracies_overlap(trained, best))
        ak_html_raw(h, "; the 95 % intervals overlap");
    else if (trained.top1 < best.top1)
        ak_html_raw(h, "; training made it worse");
}

void ak_results_headline(ak_html *h, const ak_run *run)
{
    ak_measure m;
    if (!speaking(run, &m)) return;
    ak_accuracy trained = ak_accuracy_find(run, m, "trained", "backbone");
    const char *layer = trained.row ? "backbone" : NULL;
    if (!trained.row) trained = ak_accuracy_find(run, m, "trained", NULL);
    put_first_word(h, m.name);
    ak_html_raw(h, " accuracy ");
    ak_html_percent(h, trained.top1);
    put_against(h, run, trained, ak_accuracy_find(run, m, "none", AK_RAW),
                ak_accuracy_find(run, m, "random", layer));
    ak_html_raw(h, ".");
    const ak_accuracy white = ak_accuracy_find(run, m, "trained", "backbone-white");
    if (!white.row || !layer) return;
    ak_html_raw(h, " With all features whitened: ");
    ak_html_percent(h, white.top1);
    put_against(h, run, white, ak_accuracy_find(run, m, "none", AK_RAW_WHITE),
                ak_accuracy_find(run, m, "random", "backbone-white"));
    ak_html_raw(h, ".");
}

void ak_results_span(ak_html *h, const ak_run *runs, int count)
{
    ak_measure m = { 0 };
    int best = -1, worst = -1, measured = 0;
    for (int r = 0; r < count && !m.name; r++) speaking(&runs[r], &m);
    double high = NAN, low = NAN;
    for (int r = 0; r < count && m.name; r++) {
        const ak_accuracy s = ak_accuracy_find(&runs[r], m, "trained", "backbone");
        if (!s.row) continue;
        measured++;
        if (best < 0 || s.top1 > high) {
            best = r;
            high = s.top1;
        }
        if (worst < 0 || s.top1 < low) {
            worst = r;
            low = s.top1;
        }
    }
    if (measured < 2) return;
    put_first_word(h, m.name);
    ak_html_raw(h, best == worst ? " accuracy is " : " accuracy from ");
    ak_html_percent(h, low);
    if (best == worst) {
        ak_html_put(h, " in each of %d runs.", measured);
        return;
    }
    ak_html_put(h, " (%s) to ", runs[worst].name);
    ak_html_percent(h, high);
    ak_html_put(h, " (%s)", runs[best].name);
    const ak_difference d = ak_difference_of_runs(&runs[best], &runs[worst], m, "backbone");
    if (d.known) {
        ak_html_raw(h, d.direction > 0 ? "; on the same items the difference is seen ("
                                       : "; on the same items <b>no difference is seen</b> (");
        ak_difference_put(h, d, true);
        ak_html_raw(h, ", ");
        ak_difference_p(h, d);
        ak_html_raw(h, ")");
    }
    ak_html_raw(h, ".");
}

void ak_points(ak_html *h, double gain)
{
    ak_html_raw(h, gain >= 0 ? "+" : "\xE2\x88\x92");
    ak_html_put(h, "%.1f", fabs(100 * gain));
}

void ak_results_key(ak_html *h, const ak_run *run)
{
    ak_measure all[AK_MAX_MEASURES];
    const int n = ak_measures(run, 1, all);
    for (int i = 0; i < n; i++) {
        const ak_accuracy t = ak_accuracy_find(run, all[i], "trained", "backbone");
        if (!t.row || rank_of(all[i].name) == KNOWN_COUNT || !isnan(all[i].labels)) continue;
        const ak_accuracy raw = ak_accuracy_find(run, all[i], "none", AK_RAW);
        ak_html_put(h, "<div><dt>%s</dt><dd><b>", ak_measure_word(all[i].name));
        ak_html_percent(h, t.top1);
        ak_html_raw(h, "</b>");
        if (raw.row) {
            const ak_difference d = ak_difference_from(t, "none");
            const double gain = d.known ? d.value : t.top1 - raw.top1;
            const bool below = gain < -0.0005; /* a tenth of a point is shown */
            ak_html_raw(h, "<small>");
            if (below)
                ak_html_put(h, "%.1f", -100 * gain);
            else
                ak_points(h, gain);
            ak_html_put(h, " points %s %s</small>", below ? "below" : "over", ak_raw_words(run, 1));
        }
        ak_html_raw(h, "</dd></div>\n");
    }
}

void ak_results_method(ak_html *h, const ak_run *runs, int count)
{
    static const struct {
        const char *key, *label;
    } SHOWN[] = { { "k", "k" },
                  { "temperature", "T" },
                  { "lambda", "lambda" },
                  { "draws", "draws" },
                  { "reference", "training items" },
                  { "n", "test items" } };
    ak_measure all[AK_MAX_MEASURES];
    const int n = ak_measures(runs, count, all);
    for (int i = 0; i < n; i++) {
        ak_accuracy s = { 0 };
        for (int r = 0; r < count && !s.row; r++)
            s = ak_accuracy_find(&runs[r], all[i], "trained", "backbone");
        for (int r = 0; r < count && !s.row; r++) s = ak_accuracy_find(&runs[r], all[i], "none", AK_RAW);
        const int rank = rank_of(all[i].name);
        ak_html_put(h, "<dt>%s", all[i].name);
        if (!isnan(all[i].labels)) ak_html_put(h, ", %.0f labels per class", all[i].labels);
        ak_html_put(h, "</dt><dd>%s",
                    rank < KNOWN_COUNT ? KNOWN[rank].text : "See the documentation of akin.");
        if (!isnan(all[i].labels))
            ak_html_raw(
                h, " The labels are drawn at random several times; accuracy is the mean over the draws.");
        ak_html_raw(h, " <span class=\"muted\">");
        bool any = false;
        for (size_t k = 0; s.row && k < sizeof SHOWN / sizeof *SHOWN; k++) {
            const double x = akin_json_get_real(s.row, SHOWN[k].key);
            if (!isfinite(x)) continue;
            ak_html_put(h, "%s%s = ", any ? ", " : "", SHOWN[k].label);
            if (x == floor(x))
                ak_html_count(h, x);
            else
                ak_html_put(h, "%.4g", x);
            const char *edge = akin_json_get_text(s.row, "lambda_edge");
            if (edge && strcmp(SHOWN[k].key, "lambda") == 0) ak_html_put(h, " (the %s tried)", edge);
            any = true;
        }
        ak_html_raw(h, any ? ".</span></dd>\n" : "</span></dd>\n");
    }
}

void ak_results_whitening(ak_html *h, const ak_run *runs, int count)
{
    const akin_json *found = NULL;
    for (int r = 0; r < count && !found; r++)
        for (size_t i = 0; i < akin_json_length(runs[r].eval) && !found; i++) {
            const akin_json *row = akin_json_at(runs[r].eval, i);
            if (ak_layer_whitened(akin_json_get_text(row, "layer"))) found = row;
        }
    if (!found) return;
    ak_html_raw(
        h, "<dt>Whitened</dt><dd>The same protocol after a linear map that makes the columns of the training "
           "features uncorrelated and of unit variance, so that no direction speaks louder than another. It "
           "uses the mean and covariance of the training features, no labels and no test items, and is "
           "applied to the baselines in the same way, each with statistics of its own. With few labels it "
           "can do harm: directions that carry no class become as loud as those that do.");
    const double shrinkage = akin_json_get_real(found, "shrinkage");
    if (isfinite(shrinkage))
        ak_html_put(h, " <span class=\"muted\">%g of the average variance is added to each direction.</span>",
                    shrinkage);
    ak_html_raw(h, "</dd>\n");
}
