/* SPDX-License-Identifier: Apache-2.0 */
/* make_data FOLDER TRAIN TEST SIDE: a small data set in the MNIST files' format for tests of the program:
 * SIDE x SIDE grey images of four classes of blobs with noise, the same on every machine. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

static uint64_t state = 1;

static unsigned next(void)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(state >> 33);
}

static void put32(FILE *f, unsigned v)
{
    for (int shift = 24; shift >= 0; shift -= 8) fputc((int)(v >> shift & 255), f);
}

static void write_split(const char *folder, const char *name, int n, int side)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s-images-idx3-ubyte", folder, name);
    FILE *images = fopen(path, "wb");
    snprintf(path, sizeof path, "%s/%s-labels-idx1-ubyte", folder, name);
    FILE *labels = fopen(path, "wb");
    if (!images || !labels) {
        perror(path);
        exit(1);
    }
    put32(images, 0x803);
    put32(images, (unsigned)n);
    put32(images, (unsigned)side);
    put32(images, (unsigned)side);
    put32(labels, 0x801);
    put32(labels, (unsigned)n);
    for (int i = 0; i < n; i++) {
        const int label = i % 4, x0 = (label & 1 ? 3 : 1) * side / 4, y0 = (label & 2 ? 3 : 1) * side / 4;
        const int radius = side / 5 + (int)(next() % 2);
        fputc(label, labels);
        for (int y = 0; y < side; y++)
            for (int x = 0; x < side; x++) {
                const int dx = x - x0, dy = y - y0;
                fputc((dx * dx + dy * dy < radius * radius ? 180 : 20) + (int)(next() % 60), images);
            }
    }
    if (fclose(images) || fclose(labels)) exit(1);
}

int main(int argc, char **argv)
{
    if (argc != 5) return 2;
    mkdir(argv[1], 0777);
    write_split(argv[1], "train", atoi(argv[2]), atoi(argv[4]));
    write_split(argv[1], "t10k", atoi(argv[3]), atoi(argv[4]));
    return 0;
}
