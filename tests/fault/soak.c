/* SPDX-License-Identifier: Apache-2.0 */
/* fault/soak.c - hours of use in one process: `soak [MINUTES]` trains pictures, texts and vectors in turn,
 * stops each run halfway, resumes it, embeds with it, evaluates and bounds the result, and makes calls that
 * fail; then all again. Each round it counts memory that is resident, files that are open and threads. What
 * comes after the first tenth must not grow: memory by at most 1 %, files and threads not at all. */
#include "akin/akin.h"
#include "test.h"

#include <dirent.h>
#include <time.h>

enum { ITEMS = 96, COLUMNS = 6, SIDE = 8, WIDTH_MAX = 512 };

static akin_error err;
static char folder[300];

static const char *in_folder(const char *name)
{
    static char path[4][400];
    static int turn;
    turn = (turn + 1) % 4;
    snprintf(path[turn], sizeof path[turn], "%s/%s", folder, name);
    return path[turn];
}

/* What is counted ------------------------------------------------------------------------------------- */

typedef struct {
    long kib, files, threads;
} use;

static long entries(const char *path)
{
    long n = 0;
    DIR *dir = opendir(path);
    CHECK(dir != NULL);
    while (readdir(dir)) n++;
    closedir(dir);
    return n;
}

static use now(void)
{
    long total = 0, resident = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    CHECK(f && fscanf(f, "%ld %ld", &total, &resident) == 2 && fclose(f) == 0);
    return (use){ resident * (sysconf(_SC_PAGESIZE) / 1024), entries("/proc/self/fd"),
                  entries("/proc/self/task") };
}

/* A round ---------------------------------------------------------------------------------------------- */

static bool halfway(void *ctx)
{
    int *steps = ctx;
    return ++*steps == 6;
}

static void train(const char *data, const char *run, const char *encoder)
{
    const char *const options[][2] = { { "epochs", "3" },          { "batch-size", "24" },
                                       { "encoder", encoder },     { "head-out", "4" },
                                       { "head-hidden", "8" },     { "workers", "2" },
                                       { "checkpoint-every", "2" } };
    akin_train_config *c = NULL;
    akin_train_opts opts = AKIN_TRAIN_OPTS_INIT;
    int steps = 0;
    opts.force = true;
    opts.should_stop = halfway;
    opts.ctx = &steps;
    CHECK_OK(akin_train_config_create(&c, &err));
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        CHECK_OK(akin_train_config_set(c, options[i][0], options[i][1], &err));
    CHECK_FAILS(akin_train(in_folder(data), in_folder(run), c, &opts, &err), AKIN_ERR_INTERRUPTED, "");
    akin_train_config_free(c);
    opts.force = false;
    opts.resume = true;
    opts.should_stop = NULL;
    CHECK_OK(akin_train(NULL, in_folder(run), NULL, &opts, &err));
}

static void judge(akin_cmat rows, const akin_split_view *view)
{
    akin_eval_data data = AKIN_EVAL_DATA_INIT;
    const akin_protocol *protocol;
    akin_bound_input in = AKIN_BOUND_INPUT_INIT;
    akin_bounds *bounds = NULL;
    data.train = data.test = rows;
    data.train_labels = data.test_labels = view->labels;
    data.train_count = data.test_count = view->n;
    for (int i = 0; (protocol = akin_protocol_at(i)); i++) {
        akin_eval_result result = AKIN_EVAL_RESULT_INIT;
        CHECK_OK(akin_eval_run(protocol, &data, NULL, &result, &err));
    }
    in.a = in.b = rows;
    in.labels = view->labels;
    in.count = view->n;
    in.negatives = 7;
    CHECK_OK(akin_bounds_compute(&in, NULL, &bounds, &err));
    akin_bounds_free(bounds);
}

static void use_of(const char *data, const char *run)
{
    static float rows[ITEMS * WIDTH_MAX];
    akin_model *m = NULL;
    akin_dataset *set = NULL;
    akin_split_view view = AKIN_SPLIT_VIEW_INIT;
    CHECK_OK(akin_model_open(in_folder(run), NULL, &m, &err));
    CHECK_OK(akin_model_open_dataset(m, in_folder(data), &set, &err));
    CHECK_OK(akin_dataset_split(set, "train", AKIN_TARGET_LABEL, &view, &err));
    const int64_t width = akin_model_width(m, AKIN_LAYER_BACKBONE);
    CHECK(view.n <= ITEMS && width <= WIDTH_MAX);
    CHECK_OK(akin_model_embed(m, set, NULL, (akin_mat){ rows, view.n, width, width },
                              (akin_mat){ NULL, 0, 0, 0 }, &err));
    judge((akin_cmat){ rows, view.n, width, width }, &view);
    akin_dataset_free(set);
    akin_model_free(m);
}

/* A call that fails gives all back too. */
static void go_wrong(const char *run)
{
    akin_model *m = NULL;
    akin_dataset *set = NULL;
    akin_model_opts opts = AKIN_MODEL_OPTS_INIT;
    akin_train_opts again = AKIN_TRAIN_OPTS_INIT;
    opts.checkpoint = "4711";
    CHECK(akin_model_open(in_folder("absent"), NULL, &m, &err) != AKIN_OK);
    CHECK(akin_model_open(in_folder(run), &opts, &m, &err) != AKIN_OK);
    CHECK(akin_dataset_open(in_folder("cut.npy"), NULL, &set, &err) != AKIN_OK);
    CHECK(akin_dataset_open(in_folder("cut.idx"), NULL, &set, &err) != AKIN_OK);
    CHECK(akin_train(in_folder("vectors.csv"), in_folder(run), NULL, &again, &err) != AKIN_OK);
    CHECK(akin_train(in_folder("cut.npy"), in_folder("new"), NULL, &again, &err) != AKIN_OK);
}

/* Data ------------------------------------------------------------------------------------------------- */

static void put(const char *name, const void *bytes, size_t n)
{
    FILE *f = fopen(in_folder(name), "wb");
    CHECK(f && fwrite(bytes, 1, n, f) == n && fclose(f) == 0);
}

static void make_data(void)
{
    static uint8_t pictures[16 + ITEMS * SIDE * SIDE] = "\0\0\x08\3\0\0\0\x60\0\0\0\x08\0\0\0\x08";
    static uint8_t labels[8 + ITEMS] = "\0\0\x08\1\0\0\0\x60";
    static char text[1 << 15], table[1 << 15];
    size_t n = 0, m = 0;
    for (size_t i = 16; i < sizeof pictures; i++) pictures[i] = (uint8_t)test_u64();
    n += (size_t)snprintf(text, sizeof text, "label\ttext\n");
    m += (size_t)snprintf(table, sizeof table, "a,b,c,d,e,f,label\n");
    for (int i = 0; i < ITEMS; i++) {
        labels[8 + i] = (uint8_t)(i % 3);
        n += (size_t)snprintf(text + n, sizeof text - n,
                              "%c\tthe line %d has word%d and word%d, and more of it\n", "abc"[i % 3], i,
                              i % 5, i * i % 7);
        for (int j = 0; j < COLUMNS; j++)
            m += (size_t)snprintf(table + m, sizeof table - m, "%d,", (int)(test_u64() % 97));
        m += (size_t)snprintf(table + m, sizeof table - m, "%c\n", "abc"[i % 3]);
    }
    CHECK(mkdir(in_folder("pictures"), 0777) == 0);
    put("pictures/train-images-idx3-ubyte", pictures, sizeof pictures);
    put("pictures/train-labels-idx1-ubyte", labels, sizeof labels);
    put("texts.tsv", text, n);
    put("vectors.csv", table, m);
    put("cut.npy", "\x93NUMPY\1\0v\0{'descr': '<f4'", 28);
    put("cut.idx", pictures, 100);
}

int main(int argc, char **argv)
{
    static const char *const KINDS[][3] = { { "pictures", "run-p", "resnet8" },
                                            { "texts.tsv", "run-t", "bag" },
                                            { "vectors.csv", "run-v", "mlp" } };
    const double seconds = 60 * (argc > 1 ? strtod(argv[1], NULL) : 180);
    const time_t began = time(NULL);
    double told = 0;
    use first = { 0 }, most = { 0 }, last = { 0 };
    long rounds = 0, warm = 0;
    akin_set_threads(2);
    snprintf(folder, sizeof folder, "%s", test_folder());
    make_data();
    for (double spent = 0; spent < seconds || rounds < 10; rounds++) {
        for (size_t k = 0; k < sizeof KINDS / sizeof *KINDS; k++) {
            train(KINDS[k][0], KINDS[k][1], KINDS[k][2]);
            use_of(KINDS[k][0], KINDS[k][1]);
            go_wrong(KINDS[k][1]);
        }
        last = now();
        spent = difftime(time(NULL), began);
        if (!warm && rounds >= 5 && spent >= seconds / 10) {
            warm = rounds + 1;
            first = most = last;
        }
        most = last.kib > most.kib ? last : most;
        if (warm == rounds + 1 || spent - told >= 300 || spent >= seconds) {
            printf("%5.0f s  round %5ld  %7ld KiB  %3ld files  %3ld threads%s\n", spent, rounds + 1, last.kib,
                   last.files - 3, last.threads - 2, warm == rounds + 1 ? "  (warm)" : "");
            fflush(stdout);
            told = spent;
        }
    }
    printf("%ld rounds after the warm-up: memory %+.2f %%, at most %+.2f %%; files %+ld; threads %+ld\n",
           rounds - warm, 100.0 * (double)(last.kib - first.kib) / (double)first.kib,
           100.0 * (double)(most.kib - first.kib) / (double)first.kib, last.files - first.files,
           last.threads - first.threads);
    return last.kib <= first.kib + first.kib / 100 && last.files == first.files &&
                   last.threads == first.threads
               ? 0
               : 1;
}
