/* SPDX-License-Identifier: Apache-2.0 */
/* cli/map/akin_map.c - akin map: a map of embeddings in two dimensions, or new ones on an old map. */
#include "cli/map/map.h"
#include "cli/trained.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const akin_opt_desc OPTIONS[] = {
    { "out", AKIN_OPT_TEXT, NULL, "FILE.npy", 0, 0,
      "where to; also -o. Names, labels and names of classes go beside as akin embed writes them, settings "
      "and "
      "quality to FILE.set.json" },
    { "svg", AKIN_OPT_TEXT, NULL, "FILE.svg", 0, 0, "a picture, too" },
    { "k", AKIN_OPT_INT, "10", "K", 1, 100, "neighbours of each item; also -k" },
    { "metric", AKIN_OPT_CHOICE, "cosine", "cosine|euclidean", 0, 0, "by which neighbours are near" },
    { "search", AKIN_OPT_CHOICE, "auto", "auto|exact|approximate", 0, 0,
      "for neighbours: auto = exact up to about 20,000 rows of 500" },
    { "loss", AKIN_OPT_CHOICE, "nce", "nce|infonce|neg", 0, 0,
      "noise-contrastive estimation, InfoNCE or negative sampling" },
    { "spectrum", AKIN_OPT_REAL, "0", "S", 0, 1,
      "infonce, neg: 0 is like t-SNE, 1 like UMAP: denser groups, farther apart" },
    { "negatives", AKIN_OPT_INT, NULL, "M", 1, 1e6, "for each edge [nce: items/10; infonce: 500; neg: 5]" },
    { "draws", AKIN_OPT_INT, "500", "N", 2, 1e6,
      "nce, neg: pairs by chance for each item in an epoch, which stand for all" },
    { "epochs", AKIN_OPT_INT, "400", "N", 1, 1e6, "passes over all items" },
    { "rate", AKIN_OPT_REAL, "1", "R", 1e-6, 100, "of learning; it falls to 0" },
    { "place", AKIN_OPT_TEXT, NULL, "MAP.npy", 0, 0,
      "put the items on that map, made by akin map; its own items stay where they are" },
    { "old", AKIN_OPT_TEXT, NULL, "FILE.npy|RUN", 0, 0,
      "with --place: the embeddings that MAP.npy is of [where they were]" },
    { "sample", AKIN_OPT_INT, "1000", "N", 1, 1e6, "items on which the quality is measured" },
    { "layer", AKIN_OPT_CHOICE, "backbone", "backbone|projector", 0, 0, "with RUN: which layer" },
    CLI_FORM_OPTIONS("auto"),
    { "split", AKIN_OPT_CHOICE, "train", "train|test|val", 0, 0, "with RUN: which part of the data set" },
    CLI_READING_OPTIONS,
    { "names", AKIN_OPT_TEXT, NULL, "FILE", 0, 0, "one name a line [FILE.names.txt beside FILE.npy]" },
    { "force", AKIN_OPT_FLAG, NULL, NULL, 0, 0, "replace FILE.npy and what stands beside it" },
    { NULL, AKIN_OPT_FLAG, NULL, NULL, 0, 0, NULL },
};

static int word(const cli_args *args, const char *name, const char *const *words)
{
    int at = 0;
    while (words[at] && strcmp(words[at], cli_text(args, name)) != 0) at++;
    return at;
}

static akin_map_opts options(const cli_args *args)
{
    akin_map_opts o = AKIN_MAP_OPTS_INIT;
    o.metric = (akin_map_metric)word(args, "metric", cli_map_metrics);
    o.loss = (akin_map_loss)word(args, "loss", cli_map_losses);
    o.search = (akin_map_search)word(args, "search", cli_map_searches);
    o.k = (int32_t)cli_int(args, "k");
    if (cli_given(args, "negatives")) o.negatives = (int32_t)cli_int(args, "negatives");
    o.draws = (int32_t)cli_int(args, "draws");
    o.epochs = (int32_t)cli_int(args, "epochs");
    o.spectrum = cli_real(args, "spectrum");
    o.rate = cli_real(args, "rate");
    o.seed = (uint64_t)cli_int(args, "seed");
    return o;
}

/* A map, how it was made and what it is like. */
typedef struct made {
    akin_map_opts opts;
    akin_map_result result;
    akin_map_quality quality;
    akin_mat map;
} made;

/* One with its interval; null where it says nothing. */
static void put_quality(akin_json *to, const char *name, double value, const double ci95[2])
{
    char interval[32];
    snprintf(interval, sizeof interval, "%s_ci95", name);
    akin_json_put(to, name, cli_json_real(value));
    akin_json *both = akin_json_array();
    akin_json_append(both, cli_json_real(ci95[0]));
    akin_json_append(both, cli_json_real(ci95[1]));
    akin_json_put(to, interval, both);
}

static akin_json *quality_json(const akin_map_quality *q)
{
    akin_json *o = akin_json_pack("{s:I}", "sample", q->sample);
    put_quality(o, "recall10", q->recall10, q->recall10_ci95);
    put_quality(o, "recall15", q->recall15, q->recall15_ci95);
    put_quality(o, "trust", q->trust, q->trust_ci95);
    akin_json_put(o, "distances", cli_json_real(q->distances));
    return o;
}

/* Adds the members of `more`, which is freed. */
static void add(akin_json *to, akin_json *more)
{
    akin_json_merge(to, more);
    akin_json_free(more);
}

/* What FILE.set.json says, without the time that it took: the same map has the same bytes. */
static akin_json *about_json(const cli_source *s, const made *m, const char *placed)
{
    char sum[17];
    const akin_map_opts *o = &m->opts;
    snprintf(sum, sizeof sum, "%016llx", (unsigned long long)akin_map_sum(s->rows));
    akin_json *a =
        akin_json_pack("{s:s,s:o,s:o,s:s,s:s,s:s,s:I,s:I,s:s}", "command", "map", "of",
                       akin_json_text(s->path), "data", s->data ? akin_json_text(s->data) : akin_json_null(),
                       "layer", s->layer, "form", cli_form_name(s->form), "split", s->split, "n",
                       s->rows.rows, "width", s->rows.cols, "rows_xxh64", sum);
    add(a, akin_json_pack("{s:s,s:s,s:I,s:I,s:I,s:o}", "metric", cli_map_metrics[o->metric], "loss",
                          cli_map_losses[o->loss], "k", (int64_t)o->k, "negatives", (int64_t)o->negatives,
                          "seed", (int64_t)o->seed, "spectrum", cli_json_real(o->spectrum)));
    if (placed) akin_json_put(a, "placed_on", akin_json_text(placed));
    if (placed) return a;
    add(a, akin_json_pack("{s:I,s:I,s:o,s:b,s:I,s:o,s:o,s:o}", "draws", (int64_t)o->draws, "epochs",
                          (int64_t)o->epochs, "rate", cli_json_real(o->rate), "exact", m->result.exact,
                          "edges", m->result.edges, "found", cli_json_real(m->result.found), "z",
                          cli_json_real(m->result.z), "quality", quality_json(&m->quality)));
    return a;
}

static akin_status draw(const cli_source *s, const made *m, akin_writer *w, akin_error *err)
{
    char title[512], *svg = NULL;
    size_t bytes = 0;
    akin_show_name(s->path, title, sizeof title);
    akin_map_picture p = AKIN_MAP_PICTURE_INIT;
    p.map = akin_mat_const(m->map);
    p.labels = s->named.labels;
    p.class_name = s->named.class_name;
    p.ctx = s->named.ctx;
    p.title = title;

    akin_status status = akin_map_draw(&p, &svg, &bytes, err);
    if (!status) status = akin_writer_write(w, svg, bytes, err);
    free(svg);
    return status;
}

static akin_status write_all(const cli_args *args, const cli_source *s, const made *m, const akin_json *about,
                             akin_error *err)
{
    const char *svg = cli_text(args, "svg");
    akin_file_set *files = NULL;
    akin_writer *w = NULL;
    const int64_t shape[2] = { m->map.rows, 2 };
    akin_status status = akin_file_set_open(cli_text(args, "out"), &files, err);
    if (!status && svg) status = akin_file_set_beside(files, svg, &w, err);
    if (!status && svg) status = draw(s, m, w, err);
    if (!status && svg) status = akin_writer_commit(w, err);
    if (!status) status = akin_file_set_add(files, "", &w, err);
    if (!status) status = akin_npy_write(w, AKIN_DTYPE_F32, 2, shape, m->map.data, err);
    if (!status) status = akin_writer_commit(w, err);
    if (!status) status = cli_named_write(&s->named, files, err);
    if (!status) return akin_file_set_commit(files, about, err);
    akin_file_set_abort(files);
    return status;
}

static void print_share(const char *what, double value, const double ci95[2], const char *means)
{
    if (!isfinite(value)) return;
    akin_print(stdout, "%-14s %.3f [%.3f, %.3f]  %s\n", what, value, ci95[0], ci95[1], means);
}

static int tell(const cli_args *args, const cli_source *s, const made *m, const char *placed,
                const akin_json *about)
{
    const akin_map_result *r = &m->result;
    const akin_map_quality *q = &m->quality;
    if (args->json) {
        akin_json *o = akin_json_pack("{s:o}", "map", akin_json_text(cli_text(args, "out")));
        akin_json_merge(o, about);
        akin_json_remove(o, "command");
        if (!placed)
            add(o, akin_json_pack("{s:o,s:o}", "seconds_neighbours", cli_json_real(r->seconds_neighbours),
                                  "seconds_layout", cli_json_real(r->seconds_layout)));
        return cli_print_json(args, o);
    }
    akin_print(stdout, "%-14s %s, %lld items\n", "map", cli_text(args, "out"), (long long)m->map.rows);
    if (s->run) akin_print(stdout, "rows           of the %s, form %s\n", s->layer, cli_form_name(s->form));
    if (placed) return 0;
    if (r->exact)
        printf("neighbours     %d of each, exact\n", r->k);
    else
        printf("neighbours     %d of each, %.1f %% of the true ones found\n", r->k, 100 * r->found);
    print_share("recall at 15", q->recall15, q->recall15_ci95, "of the nearest 15 are among the nearest 15");
    print_share("trust", q->trust, q->trust_ci95, "what is near in the map is near");
    if (isfinite(q->distances))
        printf("distances      %.3f  rank correlation; far is far only as far as this is near 1\n",
               q->distances);
    return 0;
}

static akin_status compute(const cli_args *args, const cli_source *s, made *m, akin_error *err)
{
    const char *place = cli_text(args, "place");
    if (!place) {
        m->opts = options(args);
        m->opts.ranks = cli_ranks();
        akin_status status = akin_map(s->rows, &m->opts, m->map, &m->result, err);
        m->opts.k = m->result.k;
        m->opts.negatives = m->result.negatives;
        akin_map_measure_opts of = AKIN_MAP_MEASURE_OPTS_INIT;
        of.metric = m->opts.metric;
        of.sample = cli_int(args, "sample");
        of.seed = m->opts.seed;
        of.ranks = cli_ranks();
        if (!status) status = akin_map_measure_with(s->rows, akin_mat_const(m->map), &of, &m->quality, err);
        return status;
    }
    cli_old_map old;
    akin_status status = cli_old_map_open(args, place, &old, err);
    if (status) return status;
    const akin_cmat places = { old.map.data, old.map.shape[0], 2, 2 };
    m->opts = old.opts;
    m->opts.ranks = cli_ranks();
    status = akin_map_place(old.of.rows, places, s->rows, &m->opts, m->map, err);
    cli_old_map_free(&old);
    return status;
}

/* Options that the old map has decided, or that a file has no use for. */
static int check_options(const cli_args *args)
{
    static const char *const MAKING[] = { "k",     "metric", "search", "loss",   "spectrum", "negatives",
                                          "draws", "epochs", "rate",   "sample", NULL };
    if (!cli_text(args, "out"))
        return cli_error(args, AKIN_ERR_ARGUMENT, "where to? name the file with -o FILE.npy");
    for (int i = 0; cli_given(args, "place") && MAKING[i]; i++)
        if (cli_given(args, MAKING[i]))
            return cli_error(args, AKIN_ERR_ARGUMENT,
                             "--%s is as the old map has it; leave it out with --place", MAKING[i]);
    if (cli_given(args, "old") && !cli_given(args, "place"))
        return cli_error(args, AKIN_ERR_ARGUMENT, "--old is for --place MAP.npy");
    if (cli_given(args, "spectrum") && strcmp(cli_text(args, "loss"), "nce") == 0)
        return cli_error(args, AKIN_ERR_ARGUMENT,
                         "--spectrum is for --loss neg and infonce; nce learns where it stands");
    if (cli_given(args, "draws") && strcmp(cli_text(args, "loss"), "infonce") == 0)
        return cli_error(args, AKIN_ERR_ARGUMENT,
                         "--draws is for --loss nce and neg; infonce has --negatives");
    return -1;
}

static int check_files(const cli_args *args)
{
    char *taken = NULL;
    akin_error err;
    const char *out = cli_text(args, "out"), *svg = cli_text(args, "svg");
    if (*out && !cli_flag(args, "force") && akin_file_set_taken(out, &taken, &err))
        return cli_fail(args, &err);
    int code = cli_check_output(args, taken ? taken : out);
    free(taken);
    if (code < 0 && svg) code = cli_check_output(args, svg);
    return code;
}

/* Whether no two rows differ: then neighbours are what the search happened to take. */
static bool all_equal(akin_cmat rows)
{
    for (int64_t i = 1; i < rows.rows; i++)
        if (memcmp(rows.data, rows.data + i * rows.stride, (size_t)rows.cols * sizeof *rows.data) != 0)
            return false;
    return rows.rows > 1;
}

/* Ranks make the map together; the first one writes and tells. */
static int map_source(const cli_args *args, const cli_source *source)
{
    akin_error err;
    made m = { .result = AKIN_MAP_RESULT_INIT, .quality = AKIN_MAP_QUALITY_INIT };
    const char *placed = cli_text(args, "place");
    const bool first = cli_rank_writes();
    akin_json *about = NULL;
    if (all_equal(source->rows))
        cli_warn(args, "all rows of '%s' are equal: neither the map nor its quality means anything",
                 source->path);
    const int64_t n = source->rows.rows;
    m.map = (akin_mat){ calloc((size_t)n, 2 * sizeof(float)), n, 2, 2 };
    akin_status status = m.map.data ? compute(args, source, &m, &err) : cli_no_memory(&err, n, "places");
    if (!status && first) {
        about = about_json(source, &m, placed);
        status = write_all(args, source, &m, about, &err);
    }
    int code = cli_agree(args, status ? cli_fail(args, &err) : -1);
    if (code < 0) code = first ? tell(args, source, &m, placed, about) : 0;
    akin_json_free(about);
    free(m.map.data);
    return code;
}

static int run(const cli_args *args)
{
    akin_error err;
    cli_source source = { .run = false };
    const char *data = args->positionals > 1 ? args->positional[1] : NULL;
    cli_source_opts how = { .layer = cli_text(args, "layer"), .split = cli_text(args, "split") };
    int code = check_options(args);
    if (code < 0) code = check_files(args);
    how.decided = cli_given(args, "place") && !cli_asks_form(args);
    if (code < 0 && how.decided && cli_old_map_form(cli_text(args, "place"), &how.form, &err))
        code = cli_fail(args, &err);
    if (code < 0 && cli_source_open(args, args->positional[0], data, &how, &source, &err))
        code = cli_fail(args, &err);
    if (code < 0 && !source.run && cli_asks_form(args))
        code = cli_error(args, AKIN_ERR_ARGUMENT, "--form is for a run, which '%s' is not", source.path);
    code = cli_agree(args, code);
    if (code < 0) code = map_source(args, &source);
    cli_source_free(&source);
    return code;
}

static const cli_heading HEADINGS[] = {
    { "metric", "method", "How neighbours are found and the map is made" },
    { "place", NULL, "New items, and what is mapped" },
    CLI_READING_HEADING,
    { "names", NULL, "Files" },
    CLI_COMMON_HEADING,
    { NULL, NULL, NULL },
};

static const cli_example EXAMPLES[] = {
    { "A map of the test images, and a picture of it", "akin map test.npy -o map.npy --svg map.svg --force" },
    { "A run's training items, in the manner of UMAP",
      "akin map runs/a -o like-umap.npy --loss neg --spectrum 1" },
    { "Other items on the first map", "akin map runs/a --split test --place map.npy -o new.npy" },
    { NULL, NULL },
};

const cli_verb cli_map = {
    .name = "map",
    .line = "a map of embeddings in two dimensions",
    .usage = "FILE.npy -o MAP.npy   |   RUN [DATA] -o MAP.npy   |   FILE.npy|RUN --place MAP.npy -o NEW.npy",
    .text = "Items that are near each other in the embeddings come near each other in the map; how far apart "
            "groups "
            "lie means little. FILE.npy holds one row for each item, as 'akin embed' writes it; with RUN the "
            "items "
            "of DATA (the run's own) are embedded first.\n\n"
            "The same bits come out on any number of threads. docs/map.md has the formulas and what other "
            "programs "
            "reach.",
    .opts = OPTIONS,
    .headings = HEADINGS,
    .examples = EXAMPLES,
    .least = 1,
    .most = 2,
    .run = run,
    .ranks = true,
};
