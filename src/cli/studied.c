/* SPDX-License-Identifier: Apache-2.0 */
/* cli/studied.c - what a folder with a study has to say, for its page and its charts. */
#include "cli/studied.h"

#include "akin/tool/study.h"

akin_status cli_study_summary(const char *const *folders, int count, akin_json **out, akin_error *err)
{
    *out = NULL;
    for (int i = 0; i < count; i++) {
        bool there = false;
        const akin_status status = akin_study_exists(folders[i], &there, err);
        if (status) return status;
        if (there && count > 1)
            return cli_set_error(err, AKIN_ERR_ARGUMENT,
                                 "'%s' holds a study; it stands alone, without other folders", folders[i]);
        if (!there) continue;
        akin_study_opts opts = AKIN_STUDY_OPTS_INIT;
        akin_study *study = NULL;
        akin_status read = akin_study_open(NULL, folders[i], &opts, &study, err);
        if (!read) read = akin_study_summary(study, out, err);
        akin_study_free(study);
        return read;
    }
    return AKIN_OK;
}
