/* SPDX-License-Identifier: Apache-2.0 */
/* cli/studied.c - what a folder with a study has to say, for its page and its charts. */
#include "cli/studied.h"

#include "akin/tool/study.h"

#include <stdio.h>
#include <string.h>

/* The configurations of a summary in the order of a ranking, those that it does not name last. */
static akin_json *ordered(const akin_json *configs, const akin_json *ranked)
{
    akin_json *list = akin_json_array();
    for (size_t r = 0; r <= akin_json_length(ranked); r++) {
        const char *name = akin_json_get_text(akin_json_at(ranked, r), "name");
        for (size_t c = 0; c < akin_json_length(configs); c++) {
            akin_json *config = akin_json_at(configs, c);
            const char *label = akin_json_get_text(akin_json_get(config, "labels"), "run");
            bool named = false;
            for (size_t k = 0; k < akin_json_length(ranked) && !name && label; k++) {
                const char *other = akin_json_get_text(akin_json_at(ranked, k), "name");
                named = named || (other && strcmp(other, label) == 0);
            }
            if (name ? label && strcmp(name, label) == 0 : !named)
                akin_json_append(list, akin_json_share(config));
        }
    }
    return list;
}

/* What akin tune told last, as "ranking", and the configurations in its order. */
static akin_status add_ranking(const char *folder, akin_json *summary, akin_error *err)
{
    char path[4096];
    akin_path_kind there;
    akin_json *ranking = NULL;
    snprintf(path, sizeof path, "%.4000s/" TUNE_RANKING, folder);
    akin_status status = akin_path_look(path, &there, NULL, err);
    if (status || there == AKIN_PATH_NONE) return status;
    status = akin_json_load(path, (size_t)1 << 26, 0, &ranking, err);
    if (status) return status;
    akin_json_put(
        summary, "configurations",
        ordered(akin_json_get(summary, "configurations"), akin_json_get(ranking, "configurations")));
    akin_json_put(summary, "ranking", ranking);
    return akin_json_check(summary, err);
}

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
        if (!read) read = add_ranking(folders[i], *out, err);
        if (read) {
            akin_json_free(*out);
            *out = NULL;
        }
        return read;
    }
    return AKIN_OK;
}
