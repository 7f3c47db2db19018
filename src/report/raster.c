/* SPDX-License-Identifier: Apache-2.0 */
/* report/raster.c - SVG as PDF or PNG by librsvg and cairo, the only file that knows them.
 *
 * The library is loaded by its name when the first picture is made: linked, it and the libraries that it
 * brings would make every start of akin longer. What it needs of cairo and GObject is found through it. */
#include "report/raster.h"

#include <cairo-pdf.h>
#include <dlfcn.h>
#include <librsvg/rsvg.h>
#include <pthread.h>
#include <string.h>

enum { PIXELS = 3 }; /* of a PNG for each px: 288 an inch */

/* What is used of the libraries. */
#define FUNCTIONS(X)                                                                                         \
    X(rsvg_handle_new_from_data)                                                                             \
    X(rsvg_handle_render_document)                                                                           \
    X(g_object_unref)                                                                                        \
    X(g_error_free)                                                                                          \
    X(cairo_create)                                                                                          \
    X(cairo_destroy)                                                                                         \
    X(cairo_status_to_string)                                                                                \
    X(cairo_surface_destroy)                                                                                 \
    X(cairo_surface_finish)                                                                                  \
    X(cairo_surface_status)                                                                                  \
    X(cairo_surface_write_to_png_stream)                                                                     \
    X(cairo_image_surface_create)                                                                            \
    X(cairo_pdf_surface_create_for_stream)                                                                   \
    X(cairo_pdf_surface_set_metadata)

static struct {
    void *handle;
#define X(name) __typeof__(name) *name;
    FUNCTIONS(X)
#undef X
} lib;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* A pointer to a function out of one to an object, as POSIX has it. */
static bool find(const char *name, void *to)
{
    void *at = dlsym(lib.handle, name);
    memcpy(to, &at, sizeof at);
    return at != NULL;
}

static akin_status load_library(akin_error *err)
{
    bool all = true;
    if (lib.handle) return AKIN_OK;
    lib.handle = dlopen(AK_RSVG_LIBRARY, RTLD_NOW | RTLD_LOCAL);
    if (!lib.handle)
        return ak_fail(
            err, AKIN_ERR_UNSUPPORTED,
            "PDF and PNG need the library %s, which is not here; install librsvg (Debian: librsvg2-2)",
            AK_RSVG_LIBRARY);
#define X(name) all = all && find(#name, &lib.name);
    FUNCTIONS(X)
#undef X
    if (all) return AKIN_OK;
    dlclose(lib.handle);
    lib.handle = NULL;
    return ak_fail(err, AKIN_ERR_UNSUPPORTED, "the library %s is another than akin was built for",
                   AK_RSVG_LIBRARY);
}

/* What was written so far. */
typedef struct sink {
    char *data;
    size_t used, room;
    bool failed;
} sink;

static cairo_status_t take(void *ctx, const unsigned char *data, unsigned length)
{
    sink *s = ctx;
    if (s->used + length > s->room) {
        const size_t room = 2 * s->room + length + 4096;
        char *more = realloc(s->data, room);
        if (!more) {
            s->failed = true;
            return CAIRO_STATUS_NO_MEMORY;
        }
        s->data = more;
        s->room = room;
    }
    memcpy(s->data + s->used, data, length);
    s->used += length;
    return CAIRO_STATUS_SUCCESS;
}

static akin_status said(cairo_status_t status, const sink *s, akin_error *err)
{
    if (!status) return AKIN_OK;
    if (s->failed || status == CAIRO_STATUS_NO_MEMORY) return ak_no_memory(err, "for a chart");
    return ak_fail(err, AKIN_ERR_INTERNAL, "cairo: %s", lib.cairo_status_to_string(status));
}

static akin_status draw(RsvgHandle *svg, cairo_surface_t *surface, double width, double height,
                        akin_error *err)
{
    GError *why = NULL;
    akin_status status = AKIN_OK;
    cairo_t *c = lib.cairo_create(surface);
    const RsvgRectangle all = { 0, 0, width, height };
    if (!lib.rsvg_handle_render_document(svg, c, &all, &why))
        status = ak_fail(err, AKIN_ERR_INTERNAL, "librsvg: %s", why ? why->message : "no reason given");
    if (why) lib.g_error_free(why);
    lib.cairo_destroy(c);
    return status;
}

static akin_status make(RsvgHandle *svg, bool pdf, double width, double height, const char *created, sink *s,
                        akin_error *err)
{
    cairo_surface_t *surface =
        pdf ? lib.cairo_pdf_surface_create_for_stream(take, s, 0.75 * width, 0.75 * height)
            : lib.cairo_image_surface_create(CAIRO_FORMAT_ARGB32, (int)(PIXELS * width),
                                             (int)(PIXELS * height));
    const double scale = pdf ? 0.75 : PIXELS;
    akin_status status = said(lib.cairo_surface_status(surface), s, err);
    if (!status && pdf) lib.cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATE_DATE, created);
    if (!status) status = draw(svg, surface, scale * width, scale * height, err);
    if (!status && !pdf) status = said(lib.cairo_surface_write_to_png_stream(surface, take, s), s, err);
    lib.cairo_surface_finish(surface);
    if (!status) status = said(lib.cairo_surface_status(surface), s, err);
    lib.cairo_surface_destroy(surface);
    return status;
}

akin_status ak_raster(const char *svg, size_t bytes, bool pdf, double width, double height,
                      const char *created, char **out, size_t *out_bytes, akin_error *err)
{
    sink s = { 0 };
    GError *why = NULL;
    pthread_mutex_lock(&lock);
    akin_status status = load_library(err);
    RsvgHandle *handle = status ? NULL : lib.rsvg_handle_new_from_data((const guint8 *)svg, bytes, &why);
    if (!status && !handle)
        status = ak_fail(err, AKIN_ERR_INTERNAL, "librsvg: %s", why ? why->message : "no reason given");
    if (why) lib.g_error_free(why);
    if (!status) status = make(handle, pdf, width, height, created, &s, err);
    if (handle) lib.g_object_unref(handle);
    pthread_mutex_unlock(&lock);
    if (status) {
        free(s.data);
        return status;
    }
    *out = s.data;
    *out_bytes = s.used;
    return AKIN_OK;
}
