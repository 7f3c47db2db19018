/* SPDX-License-Identifier: Apache-2.0 */
/* export/torch_file.c - a file of torch.save(): an archive of zip with a pickle and the bytes of each tensor.
 *
 * The pickle, protocol 2, makes an OrderedDict of tensors; of each it says by which function PyTorch builds
 * it, from which member of the archive, of which shape. That is what torch.load(weights_only=True) accepts,
 * which runs nothing else. akin itself reads no pickle. */
#include "export/export.h"
#include "export/proto.h"
#include "files/zip.h"

#include <stdio.h>
#include <string.h>

enum { ALIGN = 64 }; /* as torch.save() places tensors */

static void put(ak_proto *p, const char *codes) { ak_proto_raw(p, codes, strlen(codes)); }

static void put_le(ak_proto *p, char code, uint64_t value, int bytes)
{
    unsigned char b[9] = { (unsigned char)code };
    for (int i = 0; i < bytes; i++) b[i + 1] = (unsigned char)(value >> (8 * i));
    ak_proto_raw(p, b, (size_t)bytes + 1);
}

static void put_text(ak_proto *p, const char *text)
{
    put_le(p, 'X', strlen(text), 4); /* BINUNICODE */
    put(p, text);
}

static void put_int(ak_proto *p, int64_t value)
{
    if (value <= INT32_MAX) {
        put_le(p, 'J', (uint64_t)value, 4); /* BININT */
        return;
    }
    put(p, "\x8a\x08"); /* LONG1 of eight bytes */
    for (int i = 0; i < 8; i++) ak_proto_raw(p, (unsigned char[]){ (unsigned char)(value >> (8 * i)) }, 1);
}

static int64_t count_of(const ak_tensor_out *t)
{
    int64_t n = 1;
    for (int i = 0; i < t->ndim; i++) n *= t->shape[i];
    return n;
}

/* _rebuild_tensor_v2(storage, offset, size, stride, requires_grad, hooks) */
static void put_tensor(ak_proto *p, const ak_tensor_out *t, int number)
{
    char key[16];
    snprintf(key, sizeof key, "%d", number);
    put(p, "ctorch._utils\n_rebuild_tensor_v2\n((");
    put_text(p, "storage");
    put(p, "ctorch\nFloatStorage\n");
    put_text(p, key);
    put_text(p, "cpu");
    put_int(p, count_of(t));
    put(p, "tQ"); /* the storage, by this persistent id */
    put_int(p, 0);
    put(p, "(");
    for (int i = 0; i < t->ndim; i++) put_int(p, t->shape[i]);
    put(p, "t(");
    int64_t stride = count_of(t);
    for (int i = 0; i < t->ndim; i++) put_int(p, stride /= t->shape[i]);
    put(p, "t\x89"
           "ccollections\nOrderedDict\n)RtR");
}

static ak_proto pickle_of(const ak_state_dict *d)
{
    ak_proto p = { 0 };
    put(&p, "\x80\x02"
            "ccollections\nOrderedDict\n)R(");
    for (int i = 0; i < d->count; i++) {
        put_text(&p, d->tensor[i].name);
        put_tensor(&p, &d->tensor[i], i);
    }
    put(&p, "u.");
    return p;
}

static akin_status put_members(ak_zip_writer *z, const ak_state_dict *d, const ak_proto *pickle,
                               akin_error *err)
{
    AK_TRY(ak_zip_add(z, "archive/data.pkl", "", 0, pickle->data, (size_t)pickle->bytes, ALIGN, err));
    AK_TRY(ak_zip_add(z, "archive/byteorder", "", 0, "little", 6, ALIGN, err));
    for (int i = 0; i < d->count; i++) {
        char name[AK_ZIP_NAME];
        const ak_tensor_out *t = &d->tensor[i];
        snprintf(name, sizeof name, "archive/data/%d", i);
        AK_TRY(ak_zip_add(z, name, "", 0, t->data, (size_t)count_of(t) * sizeof *t->data, ALIGN, err));
    }
    return ak_zip_add(z, "archive/version", "", 0, "3\n", 2, ALIGN, err);
}

akin_status ak_torch_save(const char *path, const ak_state_dict *d, akin_error *err)
{
    ak_proto pickle = pickle_of(d);
    akin_writer *w = NULL;
    ak_zip_writer *z = NULL;
    akin_status status =
        pickle.failed ? ak_no_memory(err, "for a list of weights") : akin_writer_open(path, &w, err);
    if (!status) status = ak_zip_begin(w, &z, err);
    if (!status) status = put_members(z, d, &pickle, err);
    status = ak_zip_end(z, status, err);
    if (status)
        akin_writer_abort(w);
    else
        status = akin_writer_commit(w, err);
    ak_proto_free(&pickle);
    return status;
}
