/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz/fuzz_cifar.c - CIFAR-10 and CIFAR-100 in binary: a batch to train on, one to test on, and the names
 * of the classes. */
#include "fuzz_image_set.h"

#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fz_input in = { data, size };
    const bool hundred = fz_option(&in) & 1;
    const fz_input names = fz_part(&in), train = fz_part(&in), test = fz_part(&in);
    const char *const folder = hundred ? "cifar100" : "cifar10";
    char name[64];
    snprintf(name, sizeof name, "%s/%s", folder, hundred ? "train.bin" : "data_batch_1.bin");
    fz_file(name, train.at, train.n);
    snprintf(name, sizeof name, "%s/%s", folder, hundred ? "test.bin" : "test_batch.bin");
    fz_file(name, test.at, test.n);
    snprintf(name, sizeof name, "%s/%s", folder, hundred ? "fine_label_names.txt" : "batches.meta.txt");
    const char *path = fz_file(name, names.at, names.n);
    if (names.n == 0) unlink(path);
    fz_image_set(fz_path(folder), NULL);
    return 0;
}
