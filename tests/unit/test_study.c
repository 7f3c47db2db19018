/* SPDX-License-Identifier: Apache-2.0 */
/* A study by the library alone: opened, its cells, run with a program that stands in for akin, its means and
 * verdicts. */
#include "akin/tool/study.h"
#include "test.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static akin_error err;
static char dir[256], file[300], home[300], program[300];
static int notes, failures;

/* Loss 1, 2, 3 for the seeds 1, 2, 3 at temperature 0.1, and 10 more at 0.5; seed 4 fails. */
static const char PROGRAM[] = "#!/bin/sh\n"
                              "[ $1 = plan ] && { echo '{\"x\": 1.92907, \"seconds\": 1}'; exit 0; }\n"
                              "while [ $# -gt 0 ]; do\n"
                              "  case $1 in\n"
                              "    --out) run=$2 ;; --seed) seed=$2 ;; --temperature) t=$2 ;;\n"
                              "  esac\n"
                              "  shift\n"
                              "done\n"
                              "[ $seed = 4 ] && { echo 'akin train: no such luck' >&2; exit 3; }\n"
                              "[ $t = 0.5 ] && seed=1$seed\n"
                              "mkdir -p $run && echo \"{\\\"loss\\\": $seed}\" >$run/metrics.jsonl\n"
                              "echo '{\"loss\": 0}' >$run/DONE\n";

static const char STUDY[] =
    "{\"name\": \"tiny\", \"title\": \"two temperatures\", \"seeds\": [1, 2, 3, 4], \"data\": \"%s\",\n"
    " \"axes\": [{\"name\": \"t\", \"option\": \"temperature\", \"values\": [0.1, 0.5]}],\n"
    " \"measures\": [{\"name\": \"loss\", \"from\": \"train\", \"path\": \"last.loss\"}],\n"
    " \"claims\": [{\"name\": \"hot\", \"left\": {\"measure\": \"loss\", \"where\": {\"t\": 0.5}},\n"
    "              \"right\": {\"measure\": \"loss\", \"where\": {\"t\": 0.1}}, \"expect\": \"greater\"}]}\n";

static void save(const char *path, const char *text, mode_t mode)
{
    FILE *f = fopen(path, "w");
    CHECK(f != NULL && fputs(text, f) >= 0 && fclose(f) == 0);
    CHECK(chmod(path, mode) == 0);
}

static int make_files(void **state)
{
    (void)state;
    char text[2048];
    snprintf(dir, sizeof dir, "%s", test_folder());
    snprintf(file, sizeof file, "%s/tiny.json", dir);
    snprintf(home, sizeof home, "%s/home", dir);
    snprintf(program, sizeof program, "%s/akin", dir);
    snprintf(text, sizeof text, STUDY, dir);
    save(file, text, 0600);
    save(program, PROGRAM, 0700);
    return 0;
}

static void on_note(bool failed, const char *text, void *ctx)
{
    CHECK(*text && ctx == dir);
    notes += !failed;
    failures += failed;
}

static akin_study_opts options(void)
{
    akin_study_opts o = AKIN_STUDY_OPTS_INIT;
    o.program = program;
    o.on_note = on_note;
    o.ctx = dir;
    return o;
}

static void built_in_studies_open(void **state)
{
    (void)state;
    const akin_study_builtin *b;
    int n = 0;
    for (; (b = akin_study_builtin_at(n)) != NULL; n++) {
        akin_study *s = NULL;
        akin_study_opts o = AKIN_STUDY_OPTS_INIT;
        char *text = NULL;
        o.data = dir;
        CHECK_OK(akin_study_open(b->name, NULL, &o, &s, &err));
        CHECK(akin_study_cell_at(s, 0) && !akin_study_cell_at(s, 10000) && !akin_study_cell_at(s, -1));
        CHECK(strcmp(akin_study_cell_at(s, 0)->status, "waiting") == 0);
        akin_study_free(s);
        CHECK_OK(akin_study_read(b->name, &text, &err));
        CHECK(strcmp(text, b->text) == 0);
        free(text);
    }
    CHECK(n >= 5 && !akin_study_builtin_at(-1));
}

static void a_study_runs_and_is_judged(void **state)
{
    (void)state;
    akin_study *s = NULL;
    const akin_study_opts o = options();
    akin_study_result r = AKIN_STUDY_RESULT_INIT;
    akin_mean95 m = AKIN_MEAN95_INIT;
    akin_judgement j = AKIN_JUDGEMENT_INIT;
    bool there;
    CHECK(akin_study_exists(home, &there, NULL) == AKIN_OK && !there);
    CHECK_OK(akin_study_open(file, home, &o, &s, &err));
    CHECK_OK(akin_study_mean(s, "t=0.1", "loss", &m, &err));
    CHECK(m.n == 0 && isnan(m.mean)); /* nothing is measured yet */
    notes = failures = 0;
    CHECK_OK(akin_study_run(s, &r, &err));
    CHECK(r.failed == 2 && r.exit_code == 3 && r.left == 0 && r.signal == 0);
    CHECK(failures == 2 && notes >= 8);
    CHECK_OK(akin_study_mean(s, "t=0.1", "loss", &m, &err));
    CHECK(m.n == 3 && m.mean == 2);
    CHECK(strcmp(akin_study_claim_at(s, 0), "hot") == 0 && !akin_study_claim_at(s, 1));
    CHECK_OK(akin_study_judge(s, "hot", &j, &err));
    CHECK(j.n == 3 && j.difference == 10 && j.low == 10 && j.verdict == AKIN_VERDICT_REPRODUCED);
    akin_json *summary = NULL;
    char *table = NULL;
    CHECK_OK(akin_study_summary(s, &summary, &err));
    CHECK_OK(akin_study_table(s, summary, &table, &err));
    CHECK(strstr(table, "**reproduced**") != NULL);
    CHECK_OK(akin_study_save(s, summary, table, &err));
    free(table);
    akin_json_free(summary);
    akin_study_free(s);
}

/* By its folder alone; what is done stays done. */
static void a_study_goes_on(void **state)
{
    (void)state;
    akin_study *s = NULL;
    akin_study_opts o = options();
    akin_study_result r = AKIN_STUDY_RESULT_INIT;
    bool there;
    CHECK(akin_study_exists(home, &there, NULL) == AKIN_OK && there);
    o.only = "seed=2";
    CHECK_OK(akin_study_open(NULL, home, &o, &s, &err));
    notes = failures = 0;
    CHECK_OK(akin_study_run(s, &r, &err));
    CHECK(notes == 0 && failures == 0 && r.failed == 0);
    int chosen = 0, done = 0;
    const akin_study_cell *c;
    for (int i = 0; (c = akin_study_cell_at(s, i)) != NULL; i++) {
        chosen += c->chosen;
        done += strcmp(c->status, "done") == 0;
        CHECK(c->seed >= 1 && c->seed <= 4);
    }
    CHECK(chosen == 2 && done == 6);
    akin_study_free(s);
}

/* One seed: what follows from the grid is decided, what is measured is not. */
static const char EXACT[] =
    "{\"name\": \"exact\", \"seeds\": [1], \"data\": \"%s\", \"tools\": {\"p\": [\"plan\"]},\n"
    " \"measures\": [{\"name\": \"x\", \"from\": \"p\", \"path\": \"x\", \"digits\": 4},\n"
    "              {\"name\": \"time\", \"from\": \"p\", \"path\": \"seconds\"},\n"
    "              {\"name\": \"loss\", \"from\": \"train\", \"path\": \"last.loss\"}],\n"
    " \"claims\": [\n"
    "  {\"name\": \"as-printed\", \"left\": {\"measure\": \"x\"}, \"right\": 1.9291, \"expect\": \"equal\", "
    "\"margin\": 1e-4},\n"
    "  {\"name\": \"off\", \"left\": {\"measure\": \"x\"}, \"right\": 1.9293, \"expect\": \"equal\", "
    "\"margin\": 1e-4},\n"
    "  {\"name\": \"above\", \"left\": {\"measure\": \"x\"}, \"right\": 1.9, \"expect\": \"greater\"},\n"
    "  {\"name\": \"timed\", \"left\": {\"measure\": \"time\"}, \"right\": 0.5, \"expect\": \"greater\"},\n"
    "  {\"name\": \"trained\", \"left\": {\"measure\": \"loss\"}, \"right\": 0.5, \"expect\": "
    "\"greater\"}]}\n";

static void exact_claims_need_one_seed(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        bool exact;
        akin_verdict verdict;
    } want[] = { { "as-printed", true, AKIN_VERDICT_REPRODUCED },
                 { "off", true, AKIN_VERDICT_CONTRADICTED },
                 { "above", true, AKIN_VERDICT_REPRODUCED },
                 { "timed", false, AKIN_VERDICT_UNDECIDED },
                 { "trained", false, AKIN_VERDICT_UNDECIDED } };
    char text[2048], path[300], folder[300];
    snprintf(path, sizeof path, "%s/exact.json", dir);
    snprintf(folder, sizeof folder, "%s/exact", dir);
    snprintf(text, sizeof text, EXACT, dir);
    save(path, text, 0600);
    akin_study *s = NULL;
    const akin_study_opts o = options();
    akin_study_result r = AKIN_STUDY_RESULT_INIT;
    CHECK_OK(akin_study_open(path, folder, &o, &s, &err));
    akin_judgement j = AKIN_JUDGEMENT_INIT;
    CHECK_OK(akin_study_judge(s, "above", &j, &err));
    CHECK(j.n == 0 && !j.exact && isnan(j.left) && j.verdict == AKIN_VERDICT_UNDECIDED); /* nothing yet */
    CHECK_OK(akin_study_run(s, &r, &err));
    for (int i = 0; i < 5; i++) {
        CHECK_OK(akin_study_judge(s, want[i].name, &j, &err));
        CHECK(j.n == 1 && j.exact == want[i].exact && j.verdict == want[i].verdict);
        if (want[i].exact) CHECK(j.left == 1.92907 && j.low == j.difference && j.high == j.difference);
    }
    akin_json *summary = NULL;
    char *table = NULL;
    CHECK_OK(akin_study_summary(s, &summary, &err));
    CHECK_OK(akin_study_table(s, summary, &table, &err));
    CHECK(strstr(table, "1.9291 - 1.9293 = -0.0002, exact | 1 | **contradicted**") != NULL);
    free(table);
    akin_json_free(summary);
    akin_study_free(s);
}

/* Evaluations of four items, and which of them are right: made after the runs, as akin eval leaves them. */
static const char TESTED[] =
    "#!/bin/sh\n"
    "[ $1 = eval ] && { cat $2/eval.json; exit 0; }\n"
    "while [ $# -gt 0 ]; do\n"
    "  case $1 in --out) run=$2 ;; --seed) seed=$2 ;; --temperature) t=$2 ;; esac\n"
    "  shift\n"
    "done\n"
    "case $t.$seed in 0.1.1) h=0.25 ;; 0.1.*) h=0.5 ;; 0.5.3) h=1 ;; *) h=0.75 ;; esac\n"
    "mkdir -p $run && echo '{\"loss\": 1}' >$run/metrics.jsonl && echo '{\"loss\": 1}' >$run/DONE\n"
    "echo '{\"fingerprint\": \"f\", \"split\": \"test\", \"target\": \"label\", \"results\": [{\"protocol\": "
    "'\\\n"
    "'\"knn-v1\", \"encoder\": \"trained\", \"layer\": \"backbone\", \"top1\": '$h', \"n\": 4, '\\\n"
    "'\"items_row\": 0}]}' >$run/eval.json\n";

static const char ITEMS[] =
    "{\"name\": \"items\", \"seeds\": [1, 2, 3], \"data\": \"%s\", \"tools\": {\"e\": [\"eval\", "
    "\"{run}\"]},\n"
    " \"axes\": [{\"name\": \"t\", \"option\": \"temperature\", \"values\": [0.1, 0.5]}],\n"
    " \"measures\": [{\"name\": \"knn\", \"from\": \"e\", \"path\": \"results[protocol=knn-v1].top1\", "
    "\"factor\": "
    "100}],\n"
    " \"claims\": [\n"
    "  {\"name\": \"hot\", \"left\": {\"measure\": \"knn\", \"where\": {\"t\": 0.5}},\n"
    "   \"right\": {\"measure\": \"knn\", \"where\": {\"t\": 0.1}}, \"expect\": \"greater\"},\n"
    "  {\"name\": \"tuned\", \"left\": {\"measure\": \"knn\", \"best\": \"highest\"}, \"right\": 10, "
    "\"expect\": "
    "\"greater\"}]}\n";

static const uint8_t RIGHT[2][3][4] = { { { 1, 0, 0, 0 }, { 1, 1, 0, 0 }, { 1, 0, 1, 0 } },
                                        { { 1, 1, 1, 0 }, { 0, 1, 1, 1 }, { 1, 1, 1, 1 } } };

static akin_judgement judged(const char *folder, const char *claim)
{
    akin_study *s = NULL;
    const akin_study_opts o = options();
    akin_judgement j = AKIN_JUDGEMENT_INIT;
    CHECK_OK(akin_study_open(NULL, folder, &o, &s, &err));
    CHECK_OK(akin_study_judge(s, claim, &j, &err));
    akin_study_free(s);
    return j;
}

static void claims_are_paired_on_test_items(void **state)
{
    (void)state;
    char text[2048], path[300], folder[300], at[400];
    snprintf(path, sizeof path, "%s/items.json", dir);
    snprintf(folder, sizeof folder, "%s/items", dir);
    snprintf(text, sizeof text, ITEMS, dir);
    save(path, text, 0600);
    save(program, TESTED, 0700);
    akin_study *s = NULL;
    const akin_study_opts o = options();
    akin_study_result r = AKIN_STUDY_RESULT_INIT;
    CHECK_OK(akin_study_open(path, folder, &o, &s, &err));
    CHECK_OK(akin_study_run(s, &r, &err));
    akin_study_free(s);
    akin_judgement alone = judged(folder, "hot"); /* nobody told which items */
    CHECK(alone.n == 3 && alone.items == 0);
    double x[12], best[12];
    const int64_t shape[2] = { 1, 4 };
    for (int t = 0; t < 2; t++)
        for (int k = 0; k < 3; k++) {
            snprintf(at, sizeof at, "%s/runs/t=0.%d_s%d/eval-items.npy", folder, t ? 5 : 1, k + 1);
            CHECK_OK(akin_npy_save(at, AKIN_DTYPE_U8, 2, shape, RIGHT[t][k], &err));
            for (int i = 0; i < 4; i++) x[4 * k + i] = 100.0 * (RIGHT[1][k][i] - RIGHT[0][k][i]);
            for (int i = 0; i < 4; i++) best[4 * k + i] = 100.0 * RIGHT[1][k][i];
        }
    akin_mean95 want = AKIN_MEAN95_INIT;
    akin_judgement j = judged(folder, "hot");
    CHECK_OK(akin_crossed95_of(x, 3, 4, &want, &err));
    CHECK(j.n == 3 && j.items == 4 && j.difference == alone.difference && j.low < alone.low);
    CHECK_NEAR(j.low, want.low, 1e-9);
    CHECK_NEAR(j.high, want.high, 1e-9);
    j = judged(folder, "tuned"); /* 0.5 wins by the other seeds, each time */
    CHECK_OK(akin_crossed95_of(best, 3, 4, &want, &err));
    CHECK(j.items == 4);
    CHECK_NEAR(j.low, want.low - 10, 1e-9);
    CHECK_OK(akin_npy_save(at, AKIN_DTYPE_U8, 2, shape, RIGHT[0][0], &err)); /* of another evaluation */
    CHECK(judged(folder, "hot").items == 0 && judged(folder, "hot").low == alone.low);
    CHECK_OK(akin_npy_save(at, AKIN_DTYPE_U8, 2, shape, RIGHT[1][2], &err));
    CHECK(judged(folder, "hot").items == 4);
    snprintf(at, sizeof at, "%s/runs/t=0.1_s2/eval.json",
             folder); /* the run was evaluated again, otherwise */
    save(at, "{\"fingerprint\": \"f\", \"split\": \"val\", \"target\": \"label\", \"results\": []}", 0600);
    CHECK(judged(folder, "hot").items == 0);
}

static void wrong_use_is_refused(void **state)
{
    (void)state;
    akin_study *s = NULL;
    akin_study_opts o = options();
    akin_mean95 m = AKIN_MEAN95_INIT;
    akin_judgement j = AKIN_JUDGEMENT_INIT;
    akin_study_result r = AKIN_STUDY_RESULT_INIT;
    CHECK_FAILS(akin_study_open("aurora", NULL, &o, &s, &err), AKIN_ERR_ARGUMENT, "did you mean 'arora'");
    CHECK_FAILS(akin_study_open(NULL, NULL, &o, &s, &err), AKIN_ERR_ARGUMENT, "which study");
    o.only = "seed=9";
    CHECK_FAILS(akin_study_open(file, NULL, &o, &s, &err), AKIN_ERR_ARGUMENT, "no cell");
    o.only = NULL;
    o.struct_size = 0;
    CHECK_FAILS(akin_study_open(file, NULL, &o, &s, &err), AKIN_ERR_ARGUMENT, "struct_size");
    o.struct_size = offsetof(akin_study_opts, only); /* a caller of an earlier version */
    CHECK_OK(akin_study_open(file, NULL, &o, &s, &err));
    CHECK_FAILS(akin_study_run(s, &r, &err), AKIN_ERR_ARGUMENT, "no folder");
    CHECK_FAILS(akin_study_mean(s, "t=7", "loss", &m, &err), AKIN_ERR_ARGUMENT, "no configuration 't=7'");
    CHECK_FAILS(akin_study_mean(s, "t=0.1", "top1", &m, &err), AKIN_ERR_ARGUMENT, "no measurement 'top1'");
    CHECK_FAILS(akin_study_judge(s, "cold", &j, &err), AKIN_ERR_ARGUMENT, "no claim 'cold'");
    CHECK(akin_study_cell_at(NULL, 0) == NULL && akin_study_claim_at(NULL, 0) == NULL);
    akin_study_free(s);
    akin_study_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(built_in_studies_open),
        cmocka_unit_test(a_study_runs_and_is_judged),
        cmocka_unit_test(a_study_goes_on),
        cmocka_unit_test(exact_claims_need_one_seed),
        cmocka_unit_test(claims_are_paired_on_test_items),
        cmocka_unit_test(wrong_use_is_refused),
    };
    return cmocka_run_group_tests(tests, make_files, NULL);
}
