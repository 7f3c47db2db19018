/* SPDX-License-Identifier: Apache-2.0 */
/* cli/main.c - the program as a row: its verbs, in the order of a person's first hour, and the texts of its
 * man page. */
#include "cli/known.h"
#include "command/command.h"

#include <stdlib.h>
#include <unistd.h>

extern const cli_verb cli_bench, cli_bounds, cli_cluster, cli_data, cli_diagnose, cli_dups, cli_embed,
    cli_eval, cli_export, cli_import, cli_inspect, cli_labels, cli_loss, cli_map, cli_nn, cli_outliers,
    cli_plan, cli_plot, cli_prune_verb, cli_report, cli_selftest, cli_study, cli_train, cli_tune;

static const cli_verb *const VERBS[] = {
    &cli_train,   &cli_embed,    &cli_nn,       &cli_map,        &cli_dups,       &cli_outliers, &cli_labels,
    &cli_cluster, &cli_eval,     &cli_diagnose, &cli_prune_verb, &cli_report,     &cli_plot,     &cli_export,
    &cli_import,  &cli_data,     &cli_plan,     &cli_bounds,     &cli_inspect,    &cli_loss,     &cli_study,
    &cli_tune,    &cli_selftest, &cli_bench,    &cli_help,       &cli_completion, NULL,
};

static const cli_exit EXITS[] = {
    { "0", "done", "It was done, and what was written is stored." },
    { "1", "internal", "A fault of akin itself." },
    { "2", "usage", "An unknown option, a value outside its range, or what this build cannot do." },
    { "3", "input data", "An input is missing, damaged, or of another shape or kind than expected." },
    { "4", "numerical", "A result is not finite." },
    { "5", "storage", "The operating system refused to store an output." },
    { "6", "memory", "Out of memory." },
    { "7", "distributed", "The processes of one job cannot go on together." },
    { "8", "a check did not hold", "The command worked, and what it checked is not so." },
    { "128+n", "signal n", "Signal n stopped it; training has written a checkpoint first." },
    { NULL, NULL, NULL },
};

static const cli_entry ENVIRONMENT[] = {
    { "AKIN_ISA", "The instruction set that is used at most: avx512bf16, avx512, avx2, or ref for plain C." },
    { "OMP_NUM_THREADS", "Threads of computation where --threads is 0." },
    { "OMP_WAIT_POLICY, GOMP_SPINCOUNT",
      "How long threads wait actively. Where neither is set, akin sets GOMP_SPINCOUNT to 1000, for a machine "
      "whose cores it does not have alone." },
    { "AKIN_ONNXRUNTIME",
      "The library of onnxruntime for akin embed --onnx, such as that in the Python package "
      "onnxruntime; libonnxruntime.so.1 if not set." },
    { "AKIN_DIST",
      "self: stand alone, also where mpirun has started this process as one of several; openmpi, mpich: use "
      "that library." },
    { "AKIN_DIST_WATCHDOG",
      "Seconds that a rank of a job waits for another before it ends the job; 300 if not set, 0 for ever." },
    { "AKIN_MPI_MODULES", "The folder of the modules for MPI, if not where akin was installed." },
    { "COLUMNS", "How wide the terminal is, where it does not say so itself; 80 if not set." },
    { "NO_COLOR",
      "Without effect: akin prints no colours. On a terminal it sends no more than what writes the "
      "line of progress over itself, and with TERM=dumb not even that." },
    { "TMPDIR", "Where akin bench train puts its data, /tmp if not set." },
    { "SOURCE_DATE_EPOCH", "The date of the pages that akin help --man makes, in seconds since 1970." },
    { NULL, NULL },
};

static const cli_entry FILES[] = {
    { "RUN/run.json", "What was asked for and what it was resolved to; this makes a folder a run." },
    { "RUN/metrics.jsonl", "Loss, rate and speed while training, one JSON object a line." },
    { "RUN/log.txt", "What was said while training." },
    { "RUN/events.out.tfevents.*", "The metrics again, for TensorBoard." },
    { "RUN/checkpoints/",
      "Weights and the state to resume from: the newest two, the best, and those of --keep-every." },
    { "RUN/vocabulary.txt", "The words of a run on text." },
    { "RUN/keep.txt", "With --keep: the items that are learned from." },
    { "RUN/bounds.jsonl", "With --bounds: what akin bounds tells, at each checkpoint." },
    { "RUN/profile.json", "With --profile: where the time went." },
    { "RUN/DONE", "Written last: the run reached its end." },
    { "RUN/eval.json", "Accuracies, by akin eval." },
    { "RUN/eval-items.npy", "Which test items each of them got right." },
    { "RUN/diagnose.json", "What akin diagnose tells." },
    { "RUN/gallery/", "Small pictures and scores for the report." },
    { "RUN/report.html", "The page of akin report." },
    { NULL, NULL },
};

static const cli_example FIRST_SESSION[] = {
    { "Look at a data set", "akin inspect digits" },
    { "Learn from it, without its labels", "akin train digits --out runs/a" },
    { "Measure the encoder", "akin eval runs/a" },
    { "Make a page of it, runs/a/report.html", "akin report runs/a" },
    { "Vectors for programs of your own", "akin embed runs/a --split test -o test.npy" },
    { NULL, NULL },
};

/* What other programs of this kind call their verbs. */
static const cli_entry OTHER_NAMES[] = {
    { "fit pretrain learn finetune fine-tune resume", "train" },
    { "predict encode features extract transform infer vectors", "embed" },
    { "search knn neighbors neighbours nearest query similar find retrieve", "nn" },
    { "umap tsne t-sne visualize visualise project", "map" },
    { "duplicates duplicate dedup dedupe copies near-dups", "dups" },
    { "anomalies anomaly novelty odd", "outliers" },
    { "mislabeled mislabelled label-errors relabel", "labels" },
    { "kmeans k-means dbscan hdbscan groups", "cluster" },
    { "evaluate score accuracy probe validate", "eval" },
    { "collapse rank", "diagnose" },
    { "filter select subset", "prune" },
    { "show view open html page dashboard", "report" },
    { "chart figure graph curve", "plot" },
    { "save onnx convert-model", "export" },
    { "load init", "import" },
    { "convert split longtail views synth", "data" },
    { "info stat stats summary ls check", "inspect" },
    { "sweep grid experiment experiments", "study" },
    { "optimize optimise hyperparameters hpo autotune", "tune" },
    { "version", "--version" },
    { NULL, NULL },
};

static const char TEXT[] =
    "akin learns representations by contrast from unlabelled images, text and feature "
    "vectors, and says what its "
    "numbers mean: every loss stands between its chance level and its floor, every accuracy "
    "beside raw data and a "
    "random encoder, with intervals.\n\n"
    "Results go to standard output, everything else to standard error. Files are written "
    "under another name "
    "and renamed when they are whole; an existing output is replaced with --force only.\n\n"
    "An option and its value are two words or one, as in --loss ntxent and --loss=ntxent; the "
    "last of several counts. -o "
    "is --out, -h is --help, and -- ends the options.";

/* The date is that of the last look through the texts; $SOURCE_DATE_EPOCH is stronger. Never the day of the
 * build, so that two builds are the same. */
static const cli_program AKIN = {
    .summary = "contrastive representation learning, measured against its theory",
    .text = TEXT,
    .date = "2026-11-29",
    .verbs = VERBS,
    .known = cli_known_words,
    .exits = EXITS,
    .environment = ENVIRONMENT,
    .files = FILES,
    .first_session = FIRST_SESSION,
    .other_names = OTHER_NAMES,
};

/* GNU's OpenMP lets a thread that waits for the others spin for long. With a core to itself that costs
 * nothing; when another process takes a core, each of the thousands of short loops of a step then waits a
 * time slice (measured: a training step 40 times slower beside one busy process, and no slower alone with a
 * short spin). The runtime reads the setting before main(), so the program starts itself once more with it,
 * unless the caller has chosen. */
static void spin_briefly(char **argv)
{
    if (getenv("OMP_WAIT_POLICY") || getenv("GOMP_SPINCOUNT")) return;
    if (setenv("GOMP_SPINCOUNT", "1000", 1) == 0) execv("/proc/self/exe", argv);
    /* Where that is not possible the program runs as it is. */
}

int main(int argc, char **argv)
{
    spin_briefly(argv);
    return cli_main(&AKIN, argc, argv);
}
