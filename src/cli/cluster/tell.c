/* SPDX-License-Identifier: Apache-2.0 */
/* cli/cluster/tell.c - clusters as a file, as text, and as JSON. */
#include "cli/cluster/cluster.h"

#include "akin/tool/summary.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SHOWN = 256, MOST_LINES = 50, LABEL_COLUMNS = 20, LINE = 80 };

/* Files ------------------------------------------------------------------------------------------------- */

static bool ends_with(const char *text, const char *end)
{
    const size_t n = strlen(text), m = strlen(end);
    return n >= m && strcmp(text + n - m, end) == 0;
}

static akin_status write_ids(const cli_clusters *c, const char *path, akin_error *err)
{
    akin_writer *w = NULL;
    const int64_t n = c->source.rows.rows;
    akin_status status = akin_writer_open(path, &w, err);
    if (status) return status;
    status = akin_npy_write(w, AKIN_DTYPE_I32, 1, &n, c->cluster, err);
    if (!status) return akin_writer_commit(w, err);
    akin_writer_abort(w);
    return status;
}

akin_status cli_clusters_write(const cli_clusters *c, const char *path, akin_error *err)
{
    const int64_t n = c->source.rows.rows;
    char *text = NULL, buf[32];
    size_t bytes = 0;
    if (ends_with(path, ".npy")) return write_ids(c, path, err);
    FILE *f = open_memstream(&text, &bytes);
    if (!f) return cli_no_memory(err, n, "lines of a table");
    fputs("item\tcluster\tdistance\n", f);
    for (int64_t i = 0; i < n; i++) {
        cli_put_name(f, cli_item_name(&c->source, i, buf, sizeof buf));
        if (c->cluster[i] < 0)
            fputs("\t-1\tnan\n", f);
        else
            akin_print(f, "\t%d\t%.6g\n", c->cluster[i], c->distance[i]);
    }
    const bool whole = !ferror(f);
    const akin_status status = fclose(f) == 0 && whole && text ? akin_file_save(path, text, bytes, err)
                                                               : cli_no_memory(err, n, "lines of a table");
    free(text);
    return status;
}

/* The most frequent label of each cluster --------------------------------------------------------------- */

typedef struct common {
    int32_t label;
    int64_t n; /* items of it; 0 where there are no labels */
} common;

typedef struct cell {
    int32_t cluster, label;
} cell;

static int by_cluster(const void *a, const void *b)
{
    const cell *x = a, *y = b;
    if (x->cluster != y->cluster) return x->cluster < y->cluster ? -1 : 1;
    return (x->label > y->label) - (x->label < y->label);
}

/* [clusters], in memory that free() frees; NULL without labels, or memory. */
static common *find_common(const cli_clusters *c)
{
    const int64_t n = c->source.rows.rows;
    if (!c->labels) return NULL;
    cell *x = malloc((size_t)n * sizeof *x);
    common *found = calloc((size_t)c->result.clusters + 1, sizeof *found);
    int64_t m = 0;
    if (!x || !found) {
        akin_memory_lack();
        free(x);
        free(found);
        return NULL;
    }
    for (int64_t i = 0; i < n; i++)
        if (c->cluster[i] >= 0) x[m++] = (cell){ c->cluster[i], c->labels[i] };
    qsort(x, (size_t)m, sizeof *x, by_cluster);
    for (int64_t i = 0, end; i < m; i = end) {
        for (end = i + 1; end < m && by_cluster(&x[i], &x[end]) == 0;) end++;
        if (end - i > found[x[i].cluster].n) found[x[i].cluster] = (common){ x[i].label, end - i };
    }
    free(x);
    return found;
}

/* JSON -------------------------------------------------------------------------------------------------- */

static akin_json *item_json(const cli_clusters *c, int64_t i)
{
    akin_json *o = akin_json_pack("{s:I}", "row", i);
    if (c->source.named.item)
        akin_json_put(o, "item", akin_json_text(c->source.named.item(i, c->source.named.ctx)));
    akin_json_put(o, "distance", cli_json_real(c->distance[i]));
    return o;
}

static akin_json *cluster_json(const cli_clusters *c, int64_t k, const common *most)
{
    char buf[32];
    akin_json *o = akin_json_pack("{s:I,s:I}", "cluster", k, "items", c->size[k]);
    akin_json *middle = akin_json_array();
    for (int64_t j = 0; j < c->m && c->central[k * c->m + j] >= 0; j++)
        akin_json_append(middle, item_json(c, c->central[k * c->m + j]));
    akin_json_put(o, "central", middle);
    if (!most) return o;
    akin_json_put(o, "label",
                  akin_json_text(cli_label_name(&c->source, c->own, most[k].label, buf, sizeof buf)));
    akin_json_put(o, "label_items", akin_json_int(most[k].n));
    return o;
}

static int tell_json(const cli_clusters *c, const common *most)
{
    const akin_cluster_result *r = &c->result;
    const bool density = c->opts.method == AKIN_CLUSTER_DENSITY;
    akin_json *o = akin_json_pack("{s:o,s:s,s:s,s:s,s:I,s:I,s:I}", "of", akin_json_text(c->source.path),
                                  "feature", c->source.feature, "method", density ? "density" : "kmeans",
                                  "metric", cli_text(c->args, "metric"), "items", r->n, "clusters",
                                  (int64_t)r->clusters, "noise", r->noise);
    akin_json *list = akin_json_array();
    if (!density) {
        akin_json_put(o, "inertia", cli_json_real(r->inertia));
        akin_json_put(o, "explained", cli_json_real(r->explained));
        akin_json_put(o, "iterations", akin_json_int(r->iterations));
        akin_json_put(o, "converged", akin_json_bool(r->converged));
        akin_json_put(o, "seed", akin_json_int((int64_t)c->opts.seed));
    }
    if (c->labels) {
        akin_json_put(o, "purity", cli_json_real(c->agree.purity));
        akin_json_put(o, "nmi", cli_json_real(c->agree.nmi));
        akin_json_put(o, "ari", cli_json_real(c->agree.ari));
    }
    for (int64_t k = 0; k < r->clusters; k++) akin_json_append(list, cluster_json(c, k, most));
    akin_json_put(o, "list", list);
    if (cli_given(c->args, "out")) akin_json_put(o, "out", akin_json_text(cli_text(c->args, "out")));
    return cli_print_json(c->args, o);
}

/* Text -------------------------------------------------------------------------------------------------- */

static void print_summary(const cli_clusters *c)
{
    const akin_cluster_result *r = &c->result;
    const double n = (double)r->n;
    akin_print(stdout, "clusters    %d of %lld items in %s\n", r->clusters, (long long)r->n, c->source.path);
    if (c->opts.method == AKIN_CLUSTER_DENSITY)
        akin_print(stdout, "noise       %lld items, %.1f %%, are in none\n", (long long)r->noise,
                   100 * (double)r->noise / n);
    else if (isfinite(r->explained))
        akin_print(stdout, "explained   %.1f %% of the squared distances to one middle\n",
                   100 * r->explained);
    if (c->labels && isfinite(c->agree.purity))
        akin_print(stdout, "labels      purity %.3f, NMI %.3f, ARI %.3f%s\n", c->agree.purity, c->agree.nmi,
                   c->agree.ari, r->noise ? ", of the items in clusters" : "");
}

/* As many names as a line has room for, one at least. */
static void print_middle(const cli_clusters *c, int64_t k, int columns)
{
    char name[SHOWN], buf[SHOWN];
    for (int64_t j = 0; j < c->m && c->central[k * c->m + j] >= 0; j++) {
        akin_show_name(cli_item_name(&c->source, c->central[k * c->m + j], buf, sizeof buf), name,
                       sizeof name);
        columns += 2 + akin_show_columns(name);
        if (j && columns > LINE) break;
        akin_print(stdout, "%s%s", j ? ", " : "  ", name);
    }
    putchar('\n');
}

static void print_cluster(const cli_clusters *c, int64_t k, const common *most)
{
    char name[SHOWN], buf[SHOWN];
    akin_print(stdout, "%7lld  %8lld", (long long)k, (long long)c->size[k]);
    if (most) {
        akin_show_name(cli_label_name(&c->source, c->own, most[k].label, buf, sizeof buf), name,
                       LABEL_COLUMNS + 1);
        akin_print(stdout, "  %-*s  %3.0f %%", LABEL_COLUMNS, name,
                   100 * (double)most[k].n / (double)c->size[k]);
    }
    print_middle(c, k, 17 + (most ? LABEL_COLUMNS + 9 : 0));
}

static void print_clusters(const cli_clusters *c, const common *most)
{
    const int64_t clusters = c->result.clusters;
    if (!clusters) return;
    fputs("\ncluster     items", stdout);
    if (most) akin_print(stdout, "  %-*s       ", LABEL_COLUMNS - 2, "most frequent label");
    puts(c->m ? "  in the middle" : "");
    for (int64_t k = 0; k < clusters && k < MOST_LINES; k++) print_cluster(c, k, most);
    if (clusters > MOST_LINES)
        akin_print(stdout, "and %lld smaller ones; --json lists all\n", (long long)(clusters - MOST_LINES));
}

int cli_clusters_tell(const cli_clusters *c)
{
    common *most = find_common(c);
    int code = 0;
    if (c->args->json)
        code = tell_json(c, most);
    else {
        print_summary(c);
        print_clusters(c, most);
    }
    if (!c->result.clusters)
        cli_note(c->args, "no group is denser than what is between; a smaller --min-size finds smaller ones");
    if (c->opts.method == AKIN_CLUSTER_KMEANS && !c->result.converged)
        cli_note(c->args, "the last of %d steps still moved items; give more --iterations",
                 c->result.iterations);
    free(most);
    return code;
}
