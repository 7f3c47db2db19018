/* SPDX-License-Identifier: Apache-2.0 */
/* make_messy FOLDER N: a folder of pictures as people have them, for tests of the program, the same on
 * every machine. N images of 41 sizes from 16x16 to 96x136 in three classes lie in
 * FOLDER/dataset/{Train,valid,Test}, some deeper, a tenth of them grey. Beside them: an empty picture, one
 * that breaks off, notes, a table, a film, a link that leads back, and what a Mac leaves in a zip file. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static uint64_t state = 1;
static const char *root;

static unsigned next(void)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(state >> 33);
}

static const char *at(const char *name)
{
    static char path[4096];
    snprintf(path, sizeof path, "%s/%s", root, name);
    return path;
}

static void folder(const char *name)
{
    if (mkdir(at(name), 0777) != 0) {
        perror(at(name));
        exit(1);
    }
}

static FILE *create(const char *name)
{
    FILE *f = fopen(at(name), "wb");
    if (f) return f;
    perror(at(name));
    exit(1);
}

static void put(const char *name, const char *text, size_t bytes)
{
    FILE *f = create(name);
    if (fwrite(text, 1, bytes, f) != bytes || fclose(f)) exit(1);
}

/* A class is a colour and the place of a bright spot. */
static void picture(const char *name, int class, int k, int grey)
{
    const int h = 16 + 2 * k, w = 16 + 3 * k, y0 = (class + 1) * h / 4, x0 = (3 - class) * w / 4;
    FILE *f = create(name);
    fprintf(f, "P%d %d %d 255\n", grey ? 5 : 6, w, h);
    for (int y = 0; y < h; y++)
        for (int x = 0; x < w; x++) {
            const int spot = 16 * ((y - y0) * (y - y0) + (x - x0) * (x - x0)) < h * w ? 90 : 0;
            for (int c = 0; c < (grey ? 1 : 3); c++)
                fputc(20 + spot + (c == class ? 60 : 0) + (int)(next() % 60), f);
        }
    if (fclose(f)) exit(1);
}

int main(int argc, char **argv)
{
    static const char *const split[] = { "Train", "valid", "Test" }, *const class[] = { "cat", "dog", "owl" };
    char name[256];
    if (argc != 3) return 2;
    const int n = atoi(argv[2]);
    root = argv[1];
    mkdir(root, 0777);
    folder("dataset");
    for (int s = 0; s < 3; s++) {
        snprintf(name, sizeof name, "dataset/%s", split[s]);
        folder(name);
        for (int c = 0; c < 3; c++) {
            snprintf(name, sizeof name, "dataset/%s/%s", split[s], class[c]);
            folder(name);
        }
    }
    folder("dataset/Train/owl/more");
    for (int i = 0; i < n; i++) {
        const int s = i % 10 < 8 ? 0 : i % 10 - 7, c = i % 3, grey = i % 11 == 0;
        snprintf(name, sizeof name, "dataset/%s/%s/%s%04d.%s", split[s], class[c],
                 s == 0 && c == 2 && i % 2 ? "more/" : "", i,
                 grey    ? "pgm"
                 : i % 2 ? "ppm"
                         : "PPM");
        picture(name, c, i % 41, grey);
    }
    put("dataset/Train/dog/empty.png", "", 0);
    put("dataset/Train/owl/cut.jpg", "\xff\xd8\xff\xe0\0\x10JFIF\0\x01", 12);
    put("README.txt", "pictures\n", 9);
    put("dataset/labels.csv", "name,label\na,1\n", 15);
    put("dataset/Train/cat/notes.txt", "notes\n", 6);
    put("dataset/Train/cat/clip.mp4", "film", 4);
    put("dataset/Train/cat/.DS_Store", "x", 1);
    put("dataset/Train/cat/._0000.ppm", "x", 1);
    put("dataset/Thumbs.db", "x", 1);
    folder("__MACOSX");
    folder("__MACOSX/dataset");
    put("__MACOSX/dataset/._labels.csv", "x", 1);
    folder("empty");
    return symlink("..", at("dataset/Train/dog/loop")) != 0;
}
