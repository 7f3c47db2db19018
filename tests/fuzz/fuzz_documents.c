/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz/fuzz_documents.c - a folder of documents, one of each part of the input. */
#include "fuzz_corpus.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fz_input in = { data, size };
    const unsigned a = fz_option(&in);
    akin_corpus_opts opts = AKIN_CORPUS_OPTS_INIT;
    opts.format = "documents";
    opts.whole_documents = a & 1;
    opts.skip_header = a & 2;
    opts.on_bad = a & 4 ? AKIN_BAD_SKIP : AKIN_BAD_STOP;
    opts.min_items = a >> 3 & 3;
    opts.first_items = a >> 5 & 1;
    opts.max_bytes = 1 << 22;
    for (int i = 0; i < 3; i++) {
        static const char *const NAMES[] = { "documents/a.txt", "documents/b.md", "documents/c" };
        const fz_input part = fz_part(&in);
        fz_file(NAMES[i], part.at, part.n);
    }
    akin_error err;
    akin_corpus *c = NULL;
    if (fz_said(akin_corpus_open(fz_path("documents"), &opts, &c, &err), &err)) fz_see_corpus(c);
    akin_corpus_free(c);
    return 0;
}
