/* SPDX-License-Identifier: Apache-2.0 */
/* images/folder_remarks.c - one sentence about all that was found in a folder and what was taken for it, such
 * as "603 images of 41 sizes from 16x16 to 900x1200 (height x width), 1 unreadable (a/empty.png), 3 of other
 * kinds (2 .txt, 1 .mp4); taking --size 64 --on-bad skip." */
#include "images/image_set.h"

#include "base/path.h"
#include "base/plain.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { NAMED = 3, LARGE = 256 };

/* A sentence that grows; what does not fit is cut. */
typedef struct sentence {
    char text[900];
    size_t at;
} sentence;

static void AK_PRINTF(2, 3) say(sentence *s, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const int n = ak_vsnprintf(s->text + s->at, sizeof s->text - s->at, format, args);
    va_end(args);
    s->at += n < 0 ? 0 : (size_t)n;
    if (s->at >= sizeof s->text) s->at = sizeof s->text - 1;
}

static void say_sizes(sentence *s, const ak_folder_facts *f, int64_t n)
{
    say(s, "%lld image%s of ", (long long)n, n == 1 ? "" : "s");
    if (f->distinct > 1)
        say(s, "%lld sizes from %dx%d to %dx%d (height x width)", (long long)f->distinct, f->low[0],
            f->low[1], f->high[0], f->high[1]);
    else
        say(s, "%dx%d", f->low[0], f->low[1]);
}

static void say_bad(sentence *s, const akin_image_set *ds)
{
    char shown[AK_SHOWN];
    if (ds->bad_count == 0) return;
    say(s, ", %lld unreadable (", (long long)ds->bad_count);
    for (int64_t i = 0; i < ds->bad_count && i < NAMED; i++) {
        const char *name = ak_shown(ds->bad[i].shown.name, shown);
        const size_t length = strlen(name);
        say(s, "%s%s%s", i ? ", " : "", length > 60 ? "..." : "", name + (length > 60 ? length - 60 : 0));
    }
    if (ds->bad_count > NAMED) say(s, " and %lld more", (long long)(ds->bad_count - NAMED));
    say(s, ")");
}

static void say_others(sentence *s, const ak_folder_facts *f)
{
    char kinds[160];
    if (f->other.total)
        say(s, ", %lld of %s (%s)", (long long)f->other.total,
            f->other.total == 1 ? "another kind" : "other kinds",
            ak_file_kinds_text(&f->other, kinds, sizeof kinds));
    if (f->clutter) say(s, ", %lld hidden or of a system", (long long)f->clutter);
}

static void tell_channels(akin_image_set *ds)
{
    const int64_t channels = ds->split[0].channels;
    int64_t all = 0, grey = 0;
    for (int k = 0; k < ds->splits; k++) {
        const ak_image_split *s = &ds->split[k];
        all += s->facts ? s->n : 0;
        for (int64_t i = 0; s->facts && i < s->n; i++) grey += (s->facts[i] & AK_FACT_GREY) != 0;
    }
    if (channels == 3 && grey)
        ak_remark(&ds->remarks, "%lld of %lld images %s grey; %s three equal channels.", (long long)grey,
                  (long long)all, grey == 1 ? "is" : "are", grey == 1 ? "it gets" : "they get");
    if (channels == 1 && grey < all)
        ak_remark(&ds->remarks, "%lld of %lld images %s coloured; %s grey, as the network's are.",
                  (long long)(all - grey), (long long)all, all - grey == 1 ? "is" : "are",
                  all - grey == 1 ? "it becomes" : "they become");
}

void ak_image_set_tell_folder(akin_image_set *ds)
{
    const ak_folder_facts *f = &ds->folder;
    if (f->distinct == 0) return;
    const bool differ = f->distinct > 1,
               scaled = f->size && (differ || f->low[0] != f->size || f->low[1] != f->size);
    int64_t n = 0;
    for (int k = 0; k < ds->splits; k++) n += ds->split[k].n;
    if (differ || scaled || ds->bad_count || f->other.total) {
        sentence s = { .at = 0 };
        say_sizes(&s, f, n);
        say_bad(&s, ds);
        say_others(&s, f);
        if (scaled && !f->fitted) say(&s, "; scaled to %dx%d", f->size, f->size);
        if (f->fitted || ds->bad_count) say(&s, "; taking");
        if (f->fitted) say(&s, " --size %d", f->size);
        if (ds->bad_count) say(&s, " --on-bad skip");
        ak_remark(&ds->remarks, "%s.", s.text);
    }
    if (f->enlarged)
        ak_remark(&ds->remarks, "%lld image%s a side shorter than %d and %s enlarged; the smallest is %dx%d.",
                  (long long)f->enlarged, f->enlarged == 1 ? " has" : "s have", f->size,
                  f->enlarged == 1 ? "is" : "are", f->low[0], f->low[1]);
    if (!f->size && f->low[0] > LARGE && f->low[1] > LARGE)
        ak_remark(&ds->remarks, "All images are taken as they are, %dx%d; --size 64 learns far faster.",
                  f->low[0], f->low[1]);
    tell_channels(ds);
}
