/* SPDX-License-Identifier: Apache-2.0 */
/* Never silently wrong: folders of images. never_silent.h says what is asked for. */
#include "never_silent.h"
#include "pictures.h"

/* Folders of images -------------------------------------------------------------------------------------- */

enum { SIDE = 8, PIXELS = SIDE * SIDE * 3, FIRST_NEW = 64 };

typedef struct photo {
    int label;
    bool broken, grey, larger;
    char folder[64], ending[8];
    const char *before; /* what the name begins with, before the number */
} photo;

typedef struct album {
    photo photo[MOST_ITEMS];
    int classes, next; /* the number of the next new photo */
    char class_name[MOST_CLASSES][32];
    bool flat, junk;
    const char *top; /* a folder around all */
    wanted want;
} album;

static uint8_t pixels[MOST_ITEMS][PIXELS];
static album photos;

static void put_file(const char *path, const void *data, size_t n)
{
    FILE *f = fopen(path, "wb");
    CHECK(f != NULL && fwrite(data, 1, n, f) == n && fclose(f) == 0);
}

static void put_picture(const photo *p, const uint8_t *from, const char *path)
{
    static uint8_t bytes[4 * PIXELS * 4];
    const int side = p->larger ? 2 * SIDE : SIDE;
    if (p->broken) {
        put_file(path, "P6\n8 8\n255\nbroken off", 21);
    } else if (p->grey || p->larger || strcasecmp(p->ending, "ppm") == 0) {
        const int head = sprintf((char *)bytes, "P%d\n%d %d\n255\n", p->grey ? 5 : 6, side, side);
        const int n = side * side * (p->grey ? 1 : 3);
        for (int i = 0; i < n; i++) bytes[head + i] = from[i % PIXELS];
        put_file(path, bytes, (size_t)(head + n));
    } else {
        const bool alpha = p->label % 2;
        for (int i = 0; i < SIDE * SIDE; i++) {
            memcpy(bytes + i * (alpha ? 4 : 3), from + i * 3, 3);
            if (alpha) bytes[i * 4 + 3] = 255;
        }
        size_t n;
        uint8_t *png = pic_png(bytes, SIDE, SIDE, alpha ? PNG_COLOR_TYPE_RGB_ALPHA : PNG_COLOR_TYPE_RGB, 8,
                               (size_t)(SIDE * (alpha ? 4 : 3)), 0, &n);
        put_file(path, png, n);
        free(png);
    }
}

static void put_album(const album *a, const char *path)
{
    char where[PATH_ROOM + 64], file[2 * PATH_ROOM];
    nftw(path, test_remove_, 16, FTW_DEPTH | FTW_PHYS);
    CHECK_OK(akin_folder_make(path, &err));
    for (int i = 0; i < MOST_ITEMS; i++) {
        const photo *p = &a->photo[i];
        if (!a->want.there[i] && !p->broken) continue;
        snprintf(where, sizeof where, "%s/%s/%s/%s", path, a->top, p->folder,
                 a->flat ? "." : a->class_name[p->label]);
        CHECK_OK(akin_folder_make(where, &err));
        snprintf(file, sizeof file, "%s/%s%02d.%s", where, p->before, i, p->ending);
        put_picture(p, pixels[i], file);
    }
    if (!a->junk) return;
    static const char *const JUNK[] = { ".DS_Store", "Thumbs.db", "desktop.ini", "readme.txt" };
    for (int i = 0; i < 4; i++) {
        snprintf(file, sizeof file, "%s/%s/%s", path, chance(0.5) ? a->top : ".", JUNK[i]);
        put_file(file, "junk", 4);
    }
    snprintf(where, sizeof where, "%s/__MACOSX", path);
    CHECK_OK(akin_folder_make(where, &err));
    snprintf(file, sizeof file, "%s/._i00.ppm", where);
    put_file(file, "\0\5\026\7junk", 8);
}

static void draw_album(album *a)
{
    static const char *const CLASSES[][MOST_CLASSES] = { { "cat", "dog", "owl", "bee", "ant" },
                                                         { "3", "7", "10", "2", "21" },
                                                         { "a b", "Zebra", "\xc3\x89t\xc3\xa9", "y",
                                                           "z-1" } };
    *a = (album){ .classes = (int)test_int(2, MOST_CLASSES), .top = ".", .next = FIRST_NEW };
    a->want.by_name = true;
    const int words = (int)test_int(0, 2), n = (int)test_int(16, 40);
    for (int k = 0; k < a->classes; k++)
        snprintf(a->class_name[k], sizeof a->class_name[k], "%s", CLASSES[words][k]);
    for (int i = 0; i < MOST_ITEMS; i++) {
        a->photo[i] = (photo){ .label = i < a->classes ? i : (int)test_int(0, a->classes - 1),
                               .folder = ".",
                               .ending = "ppm",
                               .before = "i" };
        a->want.there[i] = i < n;
        a->want.of[i] = i < n ? i : NEW;
        for (int k = 0; k < PIXELS; k++) pixels[i][k] = (uint8_t)test_u64();
    }
}

static int some_photo(const album *a)
{
    for (;;) {
        const int i = (int)test_int(0, FIRST_NEW - 1);
        if (a->want.there[i]) return i;
    }
}

static void leave_class(album *a)
{
    const int out = (int)test_int(0, a->classes - 1);
    for (int i = 0; i < MOST_ITEMS; i++)
        if (a->photo[i].label == out) a->want.there[i] = false;
}

static void leave_photos(album *a)
{
    for (int i = 1; i < MOST_ITEMS; i++)
        if (chance(0.4)) a->want.there[i] = false;
}

static void rename_album_class(album *a)
{
    snprintf(a->class_name[test_int(0, a->classes - 1)], sizeof *a->class_name, "unheard-of");
}

static void add_junk(album *a) { a->junk = true; }
static void flatten(album *a) { a->flat = true; }
static void wrap(album *a) { a->top = chance(0.5) ? "dataset" : "My Pictures"; }

static void split(album *a)
{
    static const char *const TRAIN[] = { "train", "Train", "training", "TRAIN" }, *const TEST[] = {
        "test", "Test", "testing", "val", "valid", "validation", "Val"
    };
    const char *train_name = TRAIN[test_int(0, 3)], *test_name = TEST[test_int(0, 6)];
    for (int i = 0; i < MOST_ITEMS; i++)
        strcpy(a->photo[i].folder,
               a->photo[i].label == a->photo[0].label || chance(0.6) ? train_name : test_name);
}

static void capital_endings(album *a)
{
    for (int i = 0; i < MOST_ITEMS; i++) strcpy(a->photo[i].ending, i % 3 ? "PPM" : "Ppm");
}

static void as_png(album *a)
{
    for (int i = 0; i < MOST_ITEMS; i++) strcpy(a->photo[i].ending, "png");
}

static void odd_names(album *a)
{
    static const char *const NAMES[] = { "#",           " ",  "a\nb", "t\tt",     "\x1b[31m",
                                         "back\\slash", "%s", "-",    "\xc3\xa9", "'\"" };
    for (int i = 0; i < MOST_ITEMS; i++) a->photo[i].before = NAMES[test_int(0, 9)];
}

static int new_photo(album *a)
{
    const int i = a->next++;
    a->photo[i].label = a->photo[some_photo(a)].label;
    strcpy(a->photo[i].folder, a->photo[some_photo(a)].folder);
    a->want.there[i] = true;
    return i;
}

static void repeat_photo(album *a)
{
    const int from = some_photo(a), to = new_photo(a);
    memcpy(pixels[to], pixels[from], PIXELS);
    a->want.of[to] = a->want.of[from];
}

static void another_size(album *a) { a->photo[new_photo(a)].larger = true; }
static void grey_one(album *a) { a->photo[new_photo(a)].grey = true; }

static void all_grey(album *a)
{
    for (int i = 0; i < MOST_ITEMS; i++) {
        a->photo[i].grey = true;
        a->want.of[i] = NEW;
    }
}

static void broken_photo(album *a)
{
    static char name[32];
    const int i = new_photo(a);
    a->photo[i].broken = true;
    a->want.there[i] = false;
    snprintf(name, sizeof name, "%02d.", i);
    may_refuse(&a->want, name, NULL, NULL);
    must_tell(&a->want, name);
}

typedef struct album_change {
    const char *name;
    void (*change)(album *a);
} album_change;

static const album_change ALBUM_CHANGES[] = {
    { "a class left out", leave_class },
    { "photos left out", leave_photos },
    { "a class renamed", rename_album_class },
    { "junk", add_junk },
    { "no classes", flatten },
    { "a folder around", wrap },
    { "splits", split },
    { "capital endings", capital_endings },
    { "PNG", as_png },
    { "odd names", odd_names },
    { "a photo twice", repeat_photo },
    { "another size", another_size },
    { "a grey photo", grey_one },
    { "all grey", all_grey },
    { "a broken photo", broken_photo },
};
enum { N_ALBUM_CHANGES = sizeof ALBUM_CHANGES / sizeof *ALBUM_CHANGES };

static void draw_album_change(album *a)
{
    for (int more = (int)test_int(1, 3); more > 0; more--) {
        const album_change *next = &ALBUM_CHANGES[test_int(0, N_ALBUM_CHANGES - 1)];
        if (strstr(history, next->name)) continue;
        note(next->name);
        next->change(a);
    }
    bool unheard = false, single = true;
    int first = -1;
    for (int i = 0; i < MOST_ITEMS; i++) {
        if (a->want.there[i] && first < 0) first = a->photo[i].label;
        single = single && (!a->want.there[i] || a->photo[i].label == first);
        const char *name = a->flat ? "" : a->class_name[a->photo[i].label];
        snprintf(a->want.class_name[i], sizeof a->want.class_name[i], "%s", name);
        unheard = unheard || (a->want.there[i] && strcmp(name, "unheard-of") == 0);
    }
    if (single && first >= 0) a->want.only = a->class_name[first];
    if (unheard) must_tell(&a->want, "unheard-of");
}

static void begin_album(void)
{
    char path[PATH_ROOM];
    draw_album(&photos);
    put_album(&photos, at_path(path, "photos"));
    make_run(&ref, path, "linear", true);
}

static void change_album(void)
{
    static album a;
    static uint8_t kept[MOST_ITEMS][PIXELS];
    char path[PATH_ROOM];
    a = photos;
    memcpy(kept, pixels, sizeof kept);
    draw_album_change(&a);
    put_album(&a, at_path(path, "copy"));
    memcpy(pixels, kept, sizeof kept);
    judge(&a.want, &ref, path);
}

static void folders_of_images(void **state)
{
    (void)state;
    all_draws(2, 300, begin_album, change_album);
    forget(&ref);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(folders_of_images) };
    return cmocka_run_group_tests(tests, setup, NULL);
}
