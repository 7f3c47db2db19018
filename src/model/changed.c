/* SPDX-License-Identifier: Apache-2.0 */
/* model/changed.c - whether the data of a run are still those that it was trained on. */
#include "model/model.h"

#include "akin/tool/dataset.h"
#include "base/path.h"
#include "set/kinds.h"

#include <stdio.h>
#include <string.h>

static int64_t count_of(const akin_dataset *set, const char *split)
{
    akin_split_view part = AKIN_SPLIT_VIEW_INIT;
    if (akin_dataset_split(set, split, AKIN_TARGET_AUTO, &part, NULL)) return 0;
    return set->kind->learnable ? set->kind->learnable(set->set, split) : part.n;
}

/* "60 training items, now 59", or nothing where there are as many as before. */
static bool tell_count(const char *what, int64_t before, int64_t now, const char *between, char *buf,
                       size_t size)
{
    const size_t used = strlen(buf);
    if (before < 0 || before == now) return false;
    snprintf(buf + used, size - used, "%s%lld %s items, now %lld", between, (long long)before, what,
             (long long)now);
    return true;
}

bool akin_model_data_changed(const akin_model *m, const akin_dataset *set, char *buf, size_t size)
{
    if (buf && size) *buf = 0;
    if (!m || !set || !m->fingerprint[0] || m->otherwise) return false;
    const char *now = akin_dataset_fingerprint(set);
    if (strcmp(m->fingerprint, now) == 0) return false;
    if (!buf || !size) return true;
    char path[AK_SHOWN];
    snprintf(buf, size, "the data at '%s' have changed since training: ", ak_shown(m->data_path, path));
    const bool train = tell_count("training", m->trained, count_of(set, "train"), "", buf, size);
    const bool test = tell_count("test", m->tested, count_of(set, "test"), train ? ", " : "", buf, size);
    const size_t used = strlen(buf);
    snprintf(buf + used, size - used, "%sfingerprint %s, now %s", train || test ? "; " : "as many items, ",
             m->fingerprint, now);
    return true;
}
