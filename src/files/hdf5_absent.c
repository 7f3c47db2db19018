/* SPDX-License-Identifier: Apache-2.0 */
/* files/hdf5_absent.c - in a build without HDF5: its files are known for what they are, and refused. */
#include "files/hdf5.h"

akin_status ak_hdf5_open(const char *path, ak_hdf5 **out, akin_error *err)
{
    (void)path, (void)out;
    return akin_build_need("HDF5", err);
}

void ak_hdf5_close(ak_hdf5 *f) { (void)f; }
int64_t ak_hdf5_count(const ak_hdf5 *f) { return f ? 1 : 0; }

const ak_hdf5_array *ak_hdf5_at(const ak_hdf5 *f, int64_t i)
{
    (void)f, (void)i;
    return NULL;
}

akin_status ak_hdf5_load(const ak_hdf5 *f, int64_t i, akin_array *out, bool *truth, akin_error *err)
{
    (void)f, (void)i, (void)out, (void)truth;
    return akin_build_need("HDF5", err);
}

akin_status ak_hdf5_texts(const ak_hdf5 *f, int64_t i, akin_names *out, akin_error *err)
{
    (void)f, (void)i, (void)out;
    return akin_build_need("HDF5", err);
}
