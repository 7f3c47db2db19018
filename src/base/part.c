/* SPDX-License-Identifier: Apache-2.0 */
/* base/part.c - the optional parts of this build; cmake/parts.cmake looks for them and sets HAVE_... of
 * this file. */
#include "base/base.h"

#include <string.h>

static const akin_build_part PARTS[] = {
    { "OpenMP", HAVE_OPENMP, "more than one thread", "a compiler with OpenMP (Debian: gcc, or libomp-dev)",
      "AKIN_OPENMP" },
    { "WebP", HAVE_WEBP, ".webp images", "libwebp (Debian: libwebp-dev)", "AKIN_WEBP" },
    { "TIFF", HAVE_TIFF, "TIFF images", "libtiff (Debian: libtiff-dev)", "AKIN_TIFF" },
    { "GIF", HAVE_GIF, "GIF images", "giflib (Debian: libgif-dev)", "AKIN_GIF" },
    { "HEIF", HAVE_HEIF, "HEIF and AVIF images", "libheif (Debian: libheif-dev)", "AKIN_HEIF" },
    { "ICU", HAVE_ICU, "text that is not all ASCII", "ICU (Debian: libicu-dev)", "AKIN_ICU" },
    { "SQLite", HAVE_SQLITE, "akin study", "SQLite (Debian: libsqlite3-dev)", "AKIN_SQLITE" },
    { "onnxruntime", HAVE_ONNX, "akin embed --onnx",
      "the header of onnxruntime (Debian 13: libonnxruntime-dev)", "AKIN_ONNX" },
    { "HDF5", HAVE_HDF5, "files of HDF5", "HDF5 (Debian: libhdf5-dev)", "AKIN_HDF5" },
    { "librsvg", HAVE_RSVG, "charts as PDF and PNG", "librsvg (Debian: librsvg2-dev)", "AKIN_RSVG" },
    { "Open MPI", HAVE_OPENMPI, "many machines, by Open MPI", "Open MPI (Debian: libopenmpi-dev)",
      "AKIN_OPENMPI" },
    { "MPICH", HAVE_MPICH, "many machines, by MPICH", "MPICH (Debian: libmpich-dev)", "AKIN_MPICH" },
    { "libarchive", HAVE_ARCHIVE, "archives of tar (WebDataset)", "libarchive (Debian: libarchive-dev)",
      "AKIN_ARCHIVE" },
};

const akin_build_part *akin_build_part_at(int i)
{
    return i >= 0 && i < (int)(sizeof PARTS / sizeof *PARTS) ? &PARTS[i] : NULL;
}

akin_status akin_build_need(const char *name, akin_error *err)
{
    AK_GIVEN(name, err);
    const akin_build_part *part = NULL;
    for (int i = 0; (part = akin_build_part_at(i)) && strcmp(part->name, name) != 0;) i++;
    if (!part) return ak_fail(err, AKIN_ERR_ARGUMENT, "build_need: no part is called '%s'", name);
    if (part->present) return AKIN_OK;
    return ak_fail(err, AKIN_ERR_UNSUPPORTED,
                   "this akin was built without %s, which is for %s; install %s and build it again with "
                   "-D%s=ON",
                   part->name, part->use, part->get, part->build);
}
