/* SPDX-License-Identifier: Apache-2.0 */
/* kernels/onednn.c - see kernels/onednn.h. */
#include "kernels/onednn.h"

#include <pthread.h>
#include <string.h>

#ifdef AK_ONEDNN_LIBRARY
struct ak_onednn ak_onednn;
static const char *const NAMES[] = { AK_LATE_NAMES(AK_ONEDNN_FUNCTIONS) };
static ak_late_library library = { .file = AK_ONEDNN_LIBRARY,
                                   .what = "encoders and products of matrices need",
                                   .package = "oneDNN (Debian: libdnnl-dev)",
                                   .names = NAMES,
                                   .n = sizeof NAMES / sizeof *NAMES };
static akin_status load(akin_error *err) { return ak_late_load(&library, &ak_onednn, err); }
#else /* linked: a wheel brings its libraries, under names of its own */
struct ak_onednn ak_onednn = { AK_LATE_LINKED(AK_ONEDNN_FUNCTIONS) };
static akin_status load(akin_error *err)
{
    (void)err;
    return AKIN_OK;
}
#endif

/* It takes notice before its first product or primitive only. "ref" holds it to AVX2: the plain C is in our
 * own loops, oneDNN's is too slow for any use. */
static void limit(void)
{
    if (!getenv("AKIN_ISA")) return;
    const char *isa = akin_isa();
    if (strcmp(isa, "avx512") == 0) ak_onednn.dnnl_set_max_cpu_isa(dnnl_cpu_isa_avx512_core_vnni);
    if (strcmp(isa, "avx2") == 0 || strcmp(isa, "ref") == 0)
        ak_onednn.dnnl_set_max_cpu_isa(dnnl_cpu_isa_avx2);
}

akin_status ak_onednn_load(akin_error *err)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    AK_TRY(load(err));
    pthread_once(&once, limit);
    return AKIN_OK;
}
