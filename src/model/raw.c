/* SPDX-License-Identifier: Apache-2.0 */
/* model/raw.c - the items of a set as rows of numbers without the encoder of a run. */
#include "model/model.h"

#include "akin/tool/dataset.h"
#include "akin/tool/model.h"
#include "set/kinds.h"

/* NULL unless the rows need what the run measured. */
static const ak_measured_raw_form *form_of(const akin_model *m, const akin_dataset *set)
{
    return set->kind == m->data_kind ? set->kind->measured_raw : NULL;
}

const char *akin_model_raw_name(const akin_model *m, const akin_dataset *set)
{
    return form_of(m, set) ? form_of(m, set)->name : akin_dataset_raw_name(set);
}

int64_t akin_model_raw_width(const akin_model *m, const akin_dataset *set)
{
    return form_of(m, set) ? form_of(m, set)->width(m->measured) : akin_dataset_raw_width(set);
}

akin_status akin_model_raw_rows(const akin_model *m, const akin_dataset *basis, const akin_dataset *set,
                                const char *split, akin_mat out, akin_error *err)
{
    akin_split_view part = AKIN_SPLIT_VIEW_INIT;
    if (!m || !basis || !set || !split)
        return ak_fail(err, AKIN_ERR_ARGUMENT, "raw_rows: model, basis, set and split must not be NULL");
    if (basis->kind != m->data_kind || set->kind != m->data_kind)
        return ak_fail(err, AKIN_ERR_INPUT, "'%s' holds %s; the run was trained on %s",
                       akin_dataset_name(set), set->kind->name, m->data_kind->name);
    const ak_measured_raw_form *form = form_of(m, set);
    if (!form) return akin_dataset_raw_rows(set, split, out, err);
    AK_TRY(set->kind->split(set->set, split, &part, err));
    const int64_t width = form->width(m->measured);
    if (!out.data || out.rows != part.n || out.cols != width || out.stride < width)
        return ak_fail(err, AKIN_ERR_SHAPE, "raw_rows: out is [%lld,%lld]; it must be [%lld,%lld]",
                       (long long)out.rows, (long long)out.cols, (long long)part.n, (long long)width);
    return form->read(basis->set, set->set, split, m->measured, &m->set.data, out, err);
}
