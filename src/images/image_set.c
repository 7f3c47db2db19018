/* SPDX-License-Identifier: Apache-2.0 */
/* images/image_set.c - an image set: what is in it, its classes, and its list of images that cannot be
 * read. */
#include "images/image_set.h"

#include "base/path.h"
#include "base/plain.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

akin_status ak_pixels_alloc(int64_t n, int64_t height, int64_t width, int64_t channels, uint8_t **out,
                            akin_error *err)
{
    const double want = (double)n * (double)height * (double)width * (double)channels;
    const long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    const double have = pages > 0 && page > 0 ? (double)pages * (double)page : 0x1p62;
    *out = NULL;
    if (want < have && want < 0x1p62) {
        const size_t bytes = ((size_t)(n * height * width * channels) + 63) & ~(size_t)63;
        *out = aligned_alloc(64, bytes ? bytes : 64);
    }
    if (*out) return AKIN_OK;
    return ak_fail(err, AKIN_ERR_NOMEM,
                   "%lld images of %lldx%lldx%lld need %.1f GiB of memory; this machine has %.1f; a smaller "
                   "size needs less",
                   (long long)n, (long long)height, (long long)width, (long long)channels, want * 0x1p-30,
                   have * 0x1p-30);
}

void akin_image_set_free(akin_image_set *ds)
{
    if (!ds) return;
    for (int s = 0; s < ds->splits; s++) {
        ak_image_split *split = &ds->split[s];
        if (split->reader.close) split->reader.close(split->reader.ctx);
        free(split->items);
        free(split->hash);
        free(split->pixels);
        free(split->labels);
        free(split->origin);
        free(split->place);
        free(split->facts);
    }
    if (ds->from.close) ds->from.close(ds->from.ctx);
    ak_image_set_drop_classes(ds);
    for (int64_t i = 0; i < ds->bad_count; i++) {
        free((char *)(uintptr_t)ds->bad[i].shown.name);
        free((char *)(uintptr_t)ds->bad[i].shown.reason);
    }
    free(ds->bad);
    ak_name_pool_free(&ds->names);
    ak_remarks_free(&ds->remarks);
    free(ds->path);
    free(ds);
}

/* What is in it ------------------------------------------------------------------------------------------ */

int akin_image_set_splits(const akin_image_set *ds) { return ds->splits; }

const char *akin_image_set_split_name(const akin_image_set *ds, int split)
{
    return split >= 0 && split < ds->splits ? ds->split[split].name : NULL;
}

static int find_split(const akin_image_set *ds, const char *name)
{
    int s = name ? 0 : ds->splits;
    while (s < ds->splits && strcmp(ds->split[s].name, name) != 0) s++;
    return s;
}

ak_image_split *ak_image_set_find(akin_image_set *ds, const char *name)
{
    const int s = find_split(ds, name);
    return s < ds->splits ? &ds->split[s] : NULL;
}

akin_status akin_image_set_split(const akin_image_set *ds, const char *name, akin_images *view,
                                 akin_error *err)
{
    if (!ds || !name || !view)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "image_set_split: ds, split and view must not be NULL");
    const int found = find_split(ds, name);
    const ak_image_split *s = &ds->split[found];
    if (found == ds->splits)
        return ak_fail(err, AKIN_ERR_INPUT, "'%s' has no split '%s'; it has %s%s%s%s%s", ds->name, name,
                       ds->split[0].name, ds->splits > 1 ? ", " : "", ds->splits > 1 ? ds->split[1].name : "",
                       ds->splits > 2 ? ", " : "", ds->splits > 2 ? ds->split[2].name : "");
    const akin_images all = { .struct_size = sizeof all,
                              .pixels = s->cached == s->n ? s->pixels : NULL,
                              .n = s->n,
                              .height = s->height,
                              .width = s->width,
                              .channels = s->channels,
                              .labels = s->labels,
                              .classes = ds->classes,
                              .split = s };
    return ak_result_export(view, &all, "image_set_split", err);
}

const char *akin_image_set_name(const akin_image_set *ds) { return ds->name; }
const char *akin_image_set_format(const akin_image_set *ds) { return ds->format; }
const char *akin_image_set_fingerprint(const akin_image_set *ds) { return ds->fingerprint; }
int akin_image_set_sample_bits(const akin_image_set *ds) { return ds->sample_bits; }
const char *akin_image_set_remark(const akin_image_set *ds, int64_t i)
{
    return ak_remark_at(&ds->remarks, i);
}
int64_t akin_image_set_bad_count(const akin_image_set *ds) { return ds->bad_count; }
int64_t akin_image_set_ignored(const akin_image_set *ds) { return ds->ignored; }

int64_t akin_image_set_cached(const akin_image_set *ds)
{
    int64_t cached = 0;
    for (int k = 0; k < ds->splits; k++) cached += ds->split[k].cached;
    return cached;
}

const char *akin_image_set_item_name(const akin_image_set *ds, const char *split, int64_t i, char *buf,
                                     size_t size)
{
    const int found = find_split(ds, split);
    const ak_image_split *s = &ds->split[found];
    if (found == ds->splits || i < 0 || i >= s->n)
        snprintf(buf, size, "%s", "");
    else if (s->items)
        snprintf(buf, size, "%s", s->items[i]);
    else
        snprintf(buf, size, "%s/%lld", s->name, (long long)(s->origin ? s->origin[i] : i));
    return buf;
}

const char *akin_image_set_class_name(const akin_image_set *ds, int64_t k)
{
    return k >= 0 && k < ds->classes ? ds->class_names[k] : NULL;
}

void akin_image_set_stats(const akin_image_set *ds, double mean[3], double std[3])
{
    memcpy(mean, ds->mean, sizeof ds->mean);
    memcpy(std, ds->std, sizeof ds->std);
}

const akin_bad_item *akin_image_set_bad_at(const akin_image_set *ds, int64_t i)
{
    return i >= 0 && i < ds->bad_count ? &ds->bad[i].shown : NULL;
}

/* Classes ------------------------------------------------------------------------------------------------ */

void ak_image_set_drop_classes(akin_image_set *ds)
{
    for (int64_t k = 0; ds->class_names && k < ds->classes; k++) free(ds->class_names[k]);
    free(ds->class_names);
    ds->class_names = NULL;
    ds->classes = 0;
}

int64_t ak_image_set_largest_label(const akin_image_set *ds)
{
    int64_t most = -1;
    for (int k = 0; k < ds->splits; k++)
        for (int64_t i = 0; ds->split[k].labels && i < ds->split[k].n; i++)
            if (ds->split[k].labels[i] > most) most = ds->split[k].labels[i];
    return most;
}

akin_status ak_image_set_name_classes(akin_image_set *ds, const char *const *names, int64_t n,
                                      akin_error *err)
{
    ak_image_set_drop_classes(ds);
    ds->classes = n;
    ds->class_names = ak_alloc(sizeof *ds->class_names, n, 1);
    for (int64_t k = 0; k < n && ds->class_names; k++) {
        char number[24];
        snprintf(number, sizeof number, "%lld", (long long)k);
        ds->class_names[k] = strdup(names ? names[k] : number);
        if (!ds->class_names[k]) ak_image_set_drop_classes(ds);
    }
    return ds->class_names ? AKIN_OK : ak_fail(err, AKIN_ERR_NOMEM, "no memory for the names of classes");
}

/* Bad images --------------------------------------------------------------------------------------------- */

akin_status ak_image_set_add_bad(akin_image_set *ds, int split, const char *name, const char *reason,
                                 akin_error *err)
{
    if ((ds->bad_count & (ds->bad_count - 1)) == 0) { /* room doubles at powers of two */
        ak_bad_image *grown =
            realloc(ds->bad, (size_t)(ds->bad_count ? 2 * ds->bad_count : 1) * sizeof *grown);
        if (!grown) return ak_fail(err, AKIN_ERR_NOMEM, "no memory for the list of bad files");
        ds->bad = grown;
    }
    char *own_name = strdup(name), *own_reason = strdup(reason);
    if (!own_name || !own_reason) {
        free(own_name);
        free(own_reason);
        return ak_fail(err, AKIN_ERR_NOMEM, "no memory for the list of bad files");
    }
    ds->bad[ds->bad_count++] = (ak_bad_image){ { own_name, own_reason }, split };
    return AKIN_OK;
}

static int by_split_and_name(const void *a, const void *b)
{
    const ak_bad_image *x = a, *y = b;
    return x->split != y->split ? x->split - y->split : strcmp(x->shown.name, y->shown.name);
}

void ak_image_set_sort_bad(akin_image_set *ds)
{
    if (ds->bad_count) qsort(ds->bad, (size_t)ds->bad_count, sizeof *ds->bad, by_split_and_name);
}

akin_status ak_image_set_check_bad(const akin_image_set *ds, const akin_image_set_opts *opts, akin_error *err)
{
    bool empty = false;
    int64_t n = ds->bad_count;
    for (int k = 0; k < ds->splits; k++) {
        empty = empty || ds->split[k].n == 0;
        n += ds->split[k].n;
    }
    if (!empty && (double)ds->bad_count <= opts->max_bad_frac * (double)n) return AKIN_OK;
    enum { FIRST = 3 };
    char shown[AK_SHOWN], first[640] = "", limit[64] = ", and none is left in a split";
    size_t at = 0;
    for (int64_t i = 0; i < ds->bad_count && i < FIRST && at < sizeof first; i++)
        at += (size_t)snprintf(first + at, sizeof first - at, "%s'%s': %.120s", i ? "; " : "",
                               ak_shown(ds->bad[i].shown.name, shown), ds->bad[i].shown.reason);
    if (!empty) ak_snprintf(limit, sizeof limit, ", more than --max-bad %g allows", opts->max_bad_frac);
    return ak_fail(err, AKIN_ERR_INPUT, "%lld of %lld images cannot be read%s; the first %s %s",
                   (long long)ds->bad_count, (long long)n, limit, ds->bad_count == 1 ? "is" : "are", first);
}
