/* SPDX-License-Identifier: Apache-2.0 */
/* Archives of tar as data sets: pictures in archives that the program tar wrote, in each of its forms, plain
 * and packed, are those of the folder they came from; paths with braces; every cut is refused; members that
 * could mislead are told or refused. */
#include "akin/tool/dataset.h"
#include "base/base.h"
#include "base/data_path.h"
#include "files/shards.h"
#include "image_folders.h"

#include <stdarg.h>

enum { CLASSES = 3, EACH = 5, ITEMS = CLASSES * EACH, SIDE = 12 };

/* The folder "pics" with pictures of three formats and their classes, named so that the order of the folder
 * is that of the members. */
static void make_pictures(void)
{
    uint8_t pixels[SIDE * SIDE * 3];
    char name[64], number[8];
    make("pics");
    for (int k = 0; k < CLASSES; k++) {
        snprintf(name, sizeof name, "pics/c%d", k);
        make(name);
        for (int i = 0; i < EACH; i++) {
            size_t n;
            const char *ending = i % 3 == 0 ? "png" : i % 3 == 1 ? "jpg" : "webp";
            pic_smooth(pixels, SIDE, SIDE, 3, 7 * k + i);
            uint8_t *bytes = i % 3 == 0 ? pic_png(pixels, SIDE, SIDE, PNG_COLOR_TYPE_RGB, 8, 3 * SIDE, 0, &n)
                             : i % 3 == 1 ? pic_jpeg(pixels, SIDE, SIDE, 3, 0, &n)
                                          : pic_webp(pixels, SIDE, SIDE, 3, 0, &n);
            snprintf(name, sizeof name, "pics/c%d/%03d.%s", k, i, ending);
            give(name, bytes, n);
            snprintf(name, sizeof name, "pics/c%d/%03d.cls", k, i);
            snprintf(number, sizeof number, "%d\n", k);
            put(name, number, strlen(number));
        }
    }
}

/* A command in the folder of the test. */
static void AK_PRINTF(1, 2) shell(const char *format, ...)
{
    char line[2048];
    int at = snprintf(line, sizeof line, "cd '%s' && ", folder);
    va_list args;
    va_start(args, format);
    vsnprintf(line + at, sizeof line - (size_t)at, format, args);
    va_end(args);
    CHECK(system(line) == 0);
}

static akin_status open_set(const char *name, int64_t cache, akin_image_set **set)
{
    char path[1024];
    akin_image_set_opts opts = AKIN_IMAGE_SET_OPTS_INIT;
    opts.cache = cache;
    opts.on_bad = AKIN_BAD_SKIP;
    opts.max_bad_frac = 0.05;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    *set = NULL;
    return akin_image_set_open(path, &opts, set, &err);
}

/* Pixels, labels and fingerprint of the set `name` are those of the folder "pics", in memory and read by
 * place. */
static void check_same(const char *name)
{
    static uint8_t a[SIDE * SIDE * 3], b[sizeof a];
    akin_image_set *pics, *set;
    CHECK_OK(open_set("pics", -1, &pics));
    const bool packed = strcmp(name + strlen(name) - 2, "ar") != 0 && strstr(name, ".t");
    for (int64_t cache = -1; cache < (packed ? 0 : 10000); cache += 5000) {
        CHECK_OK(open_set(name, cache, &set));
        CHECK(strcmp(akin_image_set_fingerprint(set), akin_image_set_fingerprint(pics)) == 0);
        const akin_images x = split_of(pics, "train"), y = split_of(set, "train");
        CHECK(y.n == ITEMS && y.labels && memcmp(x.labels, y.labels, ITEMS * sizeof *x.labels) == 0);
        for (int64_t i = 0; i < ITEMS; i++) {
            CHECK_OK(akin_images_fetch(&x, &i, 1, a, &err));
            CHECK_OK(akin_images_fetch(&y, &i, 1, b, &err));
            CHECK(memcmp(a, b, sizeof a) == 0);
        }
        char item[64];
        CHECK(strcmp(akin_image_set_item_name(set, "train", EACH, item, sizeof item), "c1/000") == 0);
        akin_image_set_free(set);
    }
    akin_image_set_free(pics);
}

/* Fails, with both texts in the sentence. */
static void check_refused(const char *name, akin_status status, const char *a, const char *b)
{
    akin_image_set *set;
    const akin_status got = open_set(name, -1, &set);
    if (got != status || !strstr(err.message, a) || !strstr(err.message, b))
        fprintf(stderr, "%s: status %d, '%s'\n", name, (int)got, got ? err.message : "");
    CHECK(got == status && strstr(err.message, a) && strstr(err.message, b));
    akin_image_set_free(set);
}

static void tars_of_all_forms(void **state)
{
    static const char *const FORMS[] = { "ustar", "gnu", "pax" };
    char name[64];
    (void)state;
    fresh_folder();
    make_pictures();
    for (int f = 0; f < 3; f++) {
        shell("tar --format=%s --sort=name -C pics -cf %s.tar .", FORMS[f], FORMS[f]);
        snprintf(name, sizeof name, "%s.tar", FORMS[f]);
        check_same(name);
        shell("gzip -kf %s.tar && xz -kf %s.tar && zstd -qkf %s.tar && mv %s.tar.gz %s.tgz", FORMS[f],
              FORMS[f], FORMS[f], FORMS[f], FORMS[f]);
        snprintf(name, sizeof name, "%s.tgz", FORMS[f]);
        check_same(name);
        snprintf(name, sizeof name, "%s.tar.xz", FORMS[f]);
        check_same(name);
        snprintf(name, sizeof name, "%s.tar.zst", FORMS[f]);
        check_same(name);
    }
}

static void braces_and_folders(void **state)
{
    akin_image_set *set;
    char several[1024];
    (void)state;
    shell("for k in 0 1 2; do tar --sort=name -C pics -cf p-00$k.tar c$k; done; mkdir all parts odd; "
          "cp p-00?.tar all; echo notes > all/README.md; cp p-000.tar parts/train-0.tar; "
          "cp p-001.tar parts/train-1.tar; cp p-002.tar parts/val-0.tar; cp p-000.tar odd/'{1..2}.tar'");
    check_same("p-{000..002}.tar");
    check_same("p-00{0,1,2}.tar");
    check_same("{p}-{0..0}{00..02}.tar");
    check_same("all");
    snprintf(several, sizeof several, "p-000.tar::%s/p-{001..002}.tar", folder);
    check_same(several);
    CHECK_OK(open_set("odd/{1..2}.tar", -1, &set)); /* a file may be called so */
    akin_image_set_free(set);
    for (int i = 0; i < 2; i++) {
        CHECK_OK(open_set(i ? "parts" : "parts/{train-0,val-0,train-1}.tar", -1, &set));
        CHECK(split_of(set, "train").n == 2 * EACH && split_of(set, "test").n == EACH);
        CHECK(split_of(set, "test").labels[0] == 2 && told(set, "5 samples are the split test"));
        akin_image_set_free(set);
    }
    check_refused("p-{000..003}.tar", AKIN_ERR_INPUT, "p-003.tar' is not there", "4 archives");
    check_refused("p-{000,000}.tar", AKIN_ERR_INPUT, "p-000.tar' twice", "");
    check_refused("nothing.tar", AKIN_ERR_INPUT, "cannot open", "No such file");
    static const char *const WRONG[] = { "p-{2..1}.tar", "p-{a..c}.tar",  "p-{1..}.tar",
                                         "p-{}.tar",     "p-{1,}.tar",    "p-{1.tar",
                                         "p-1}.tar",     "p-{{1,2}}.tar", "{a}{a}{a}{a}{a}{a}{a}{a}{a}.tar" };
    for (size_t i = 0; i < sizeof WRONG / sizeof *WRONG; i++)
        check_refused(WRONG[i], AKIN_ERR_INPUT, "braces hold a range", WRONG[i]);
    check_refused("p-{000000000..999999999}.tar", AKIN_ERR_INPUT, "65536, the limit", "");
    check_refused("p-{0000000000..1000000000}.tar", AKIN_ERR_INPUT, "braces hold a range", "");
}

/* The path of a run is found from any folder. */
static void paths_from_the_root(void **state)
{
    char here[512], want[1200];
    (void)state;
    CHECK(getcwd(here, sizeof here) && chdir(folder) == 0);
    char *path = ak_data_path_absolute("p-{000..002}.tar::/a/b.tar"), *real = ak_data_path_absolute(".");
    snprintf(want, sizeof want, "%s/p-{000..002}.tar::/a/b.tar", real);
    CHECK(strcmp(path, want) == 0 && !ak_data_path_absolute("nothing.tar"));
    free(path);
    free(real);
    char name[256];
    ak_data_path_name("x/p-{000..002}.tar", name);
    CHECK(strcmp(name, "p-{000..002}.tar") == 0);
    ak_data_path_name("x/a.tar::y/b.tar", name);
    CHECK(strcmp(name, "x/a.tar::y/b.tar") == 0 && chdir(here) == 0);
}

static size_t load(const char *name, unsigned char **bytes)
{
    char path[1024];
    size_t n = 0;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    CHECK_OK(akin_file_load(path, (size_t)1 << 24, (char **)bytes, &n, &err));
    return n;
}

/* No cut gives fewer samples: it is refused, or only takes from what pads the archive behind its mark. */
static void every_cut_is_refused(void **state)
{
    unsigned char *bytes;
    const size_t n = load("ustar.tar", &bytes);
    size_t end = n, refused = 0;
    akin_image_set *set;
    (void)state;
    while (end > 0 && !bytes[end - 1]) end--;
    end = (end + 511) / 512 * 512;
    for (size_t cut = 0; cut < n; cut += cut % 512 == 0 || cut % 512 == 511 ? 1 : 255) {
        put("cut.tar", bytes, cut);
        if (open_set("cut.tar", -1, &set) == AKIN_OK) {
            CHECK(cut >= end + 512 && split_of(set, "train").n == ITEMS);
            akin_image_set_free(set);
        } else {
            CHECK(strstr(err.message, "cut.tar") && err.status == AKIN_ERR_FORMAT);
            refused++;
        }
    }
    CHECK(refused > n / 200);
    free(bytes);
}

/* A damaged byte is refused, or leaves the list of samples whole, or is told. */
static void flips_end_well(void **state)
{
    unsigned char *bytes;
    const size_t n = load("key-0.tar", &bytes);
    akin_image_set *set;
    (void)state;
    for (size_t at = 0; at < n && at < 3072; at += 2) { /* heads of two members and the mark */
        bytes[at] ^= (unsigned char)(1 << at % 8);
        put("flip.tar", bytes, n);
        if (open_set("flip.tar", -1, &set) == AKIN_OK) CHECK(split_of(set, "train").n > 0);
        akin_image_set_free(set);
        bytes[at] ^= (unsigned char)(1 << at % 8);
    }
    free(bytes);
}

/* Made by Python's tarfile ------------------------------------------------------------------------------- */

static const char PYTHON[] =
    "import io,tarfile,glob\n"
    "def add(t,name,data=b'',**kw):\n"
    "    m=tarfile.TarInfo(name); m.size=len(data)\n"
    "    for k,v in kw.items(): setattr(m,k,v)\n"
    "    t.addfile(m,io.BytesIO(data))\n"
    "def tar(name): return tarfile.open(name,'w')\n"
    "png=open('pics/c0/000.png','rb').read(); names=sorted(glob.glob('pics/*/*'))\n"
    "read=lambda n: open(n,'rb').read()\n"
    "with tar('apart.tar') as t:\n"
    "    for n in names:\n"
    "        if not n.endswith('.cls'): add(t,n[5:],read(n))\n"
    "    for n in names[::-1]:\n"
    "        if n.endswith('.cls'): add(t,n[5:],read(n))\n"
    "with tar('odd.tar') as t:\n"
    "    add(t,'./a.png',png); add(t,'/b.png',png); add(t,'../c.png',png)\n"
    "    add(t,'d.seg.png',b'none'); add(t,'d.png',png); add(t,'e.png',png); add(t,'e.cls',b' 1 ')\n"
    "    add(t,'f.left.png',png); add(t,'f.right.png',b'none'); add(t,'f.json',b'{}'); add(t,'._x.png',png)\n"
    "    add(t,'l.png',type=tarfile.SYMTYPE,linkname='a.png'); "
    "add(t,'h.png',type=tarfile.LNKTYPE,linkname='a.png')\n"
    "    add(t,'p.png',type=tarfile.FIFOTYPE); add(t,'dir',type=tarfile.DIRTYPE); add(t,'noending',b'x')\n"
    "    add(t,'long'*60+'.png',png); add(t,'g.txt',b'no picture')\n"
    "with tar('same.tar') as t: add(t,'a.png',png); add(t,'a.cls',b'1'); add(t,'a.png',png)\n"
    "with tar('word.tar') as t: add(t,'a.png',png); add(t,'a.cls',b'cat')\n"
    "with tar('high.tar') as t: add(t,'a.png',png); add(t,'a.cls',b'65536')\n"
    "with tar('none.tar') as t: add(t,'a.json',b'{}'); add(t,'b.json',b'{}')\n"
    "with tar('empty.tar') as t: pass\n"
    "with tar('bad.tar') as t:\n"
    "    for i in range(30): add(t,'%02d.png'%i,png if i!=7 else png[:60]); add(t,'%02d.cls'%i,b'%d'%(i%2))\n"
    "with open('two.tar','wb') as f: f.write(read('bad.tar')+read('odd.tar'))\n"
    "open('zero.tar','wb'); open('noise.tar','wb').write(bytes(range(256))*40)\n"
    "for i in range(2):\n"
    "    with tar('key-%d.tar'%i) as t: add(t,'a.png',read(names[i*2+1])); add(t,'b%d.png'%i,png)\n";

static void members_that_mislead(void **state)
{
    akin_image_set *set;
    char item[400];
    (void)state;
    put("make.py", PYTHON, sizeof PYTHON - 1);
    shell("python3 make.py");
    check_same("apart.tar");
    CHECK_OK(open_set("apart.tar", -1, &set));
    CHECK(told(set, "14 members do not stand with the others of their samples"));
    akin_image_set_free(set);
    CHECK_OK(open_set("odd.tar", -1, &set));
    CHECK(split_of(set, "train").n == 7 && !split_of(set, "train").labels &&
          akin_image_set_bad_count(set) == 0);
    static const char *const TOLD[] = { "Members that are not read: 1 .json, 1 .txt.",
                                        "2 members are beside others of their kind",
                                        "2 members are hidden, of a system, or without an ending",
                                        "2 members are links (the first: 'l.png')",
                                        "1 member is a device, or has holes ('p.png')",
                                        "2 members have absolute paths, or .. in them (the first: '/b.png')",
                                        "1 sample has no picture ('g'): left out",
                                        "Not labelled: 6 of 7 samples have no .cls (the first: 'a')" };
    for (size_t i = 0; i < sizeof TOLD / sizeof *TOLD; i++) {
        if (!told(set, TOLD[i])) print_error("not told: %s\n", TOLD[i]);
        CHECK(told(set, TOLD[i]));
    }
    CHECK(strcmp(akin_image_set_item_name(set, "train", 2, item, sizeof item), "../c") == 0);
    CHECK(strlen(akin_image_set_item_name(set, "train", 6, item, sizeof item)) == 240);
    akin_image_set_free(set);
    check_refused("same.tar", AKIN_ERR_FORMAT, "two members 'a.png'", "same.tar");
    check_refused("word.tar", AKIN_ERR_FORMAT, "'a.cls' holds 'cat'", "word.tar");
    check_refused("high.tar", AKIN_ERR_FORMAT, "'a.cls' holds '65536'", "0 to 65535");
    check_refused("none.tar", AKIN_ERR_INPUT, "no sample has a picture", "2 .json");
    check_refused("empty.tar", AKIN_ERR_INPUT, "holds no samples", "");
    check_refused("two.tar", AKIN_ERR_FORMAT, "goes on behind the mark at its end", "");
    check_refused("zero.tar", AKIN_ERR_FORMAT, "is empty", "");
    check_refused("noise.tar", AKIN_ERR_FORMAT, "no archive of tar", "");
    shell("truncate -s 40000 holes.png; tar -S -cf holes.tar holes.png");
    check_refused("holes.tar", AKIN_ERR_INPUT, "holds no samples", "");
}

static void keys_of_several_archives(void **state)
{
    akin_image_set *set;
    char item[200];
    (void)state;
    CHECK_OK(open_set("key-{0..1}.tar", -1, &set));
    CHECK(split_of(set, "train").n == 4 && told(set, "1 key stands in two archives ('a')"));
    CHECK(strcmp(akin_image_set_item_name(set, "train", 2, item, sizeof item), "key-1.tar/a") == 0);
    akin_image_set_free(set);
    shell("mkdir -p u v; cp key-0.tar u/k.tar; cp key-1.tar v/k.tar; cp empty.tar key-2.tar");
    CHECK_OK(open_set("{u,v}/k.tar", -1, &set));
    CHECK(strstr(akin_image_set_item_name(set, "train", 2, item, sizeof item), "v/k.tar/a"));
    akin_image_set_free(set);
    CHECK_OK(open_set("key-{0..2}.tar", -1, &set));
    CHECK(told(set, "1 archive is empty"));
    akin_image_set_free(set);
}

/* A picture that cannot be read is left out, with its label, as in a folder; a small memory refuses packed
 * archives alone; what changes under a reader is found. */
static void bad_pictures_and_changes(void **state)
{
    akin_image_set *set;
    uint8_t pixels[64 * 64 * 3];
    (void)state;
    CHECK_OK(open_set("bad.tar", 0, &set));
    CHECK(split_of(set, "train").n == 29 && akin_image_set_bad_count(set) == 1);
    CHECK(strcmp(akin_image_set_bad_at(set, 0)->name, "07") == 0);
    const akin_images v = split_of(set, "train");
    CHECK(v.labels[6] == 0 && v.labels[7] == 0 && v.labels[8] == 1);
    const int64_t item = 8;
    CHECK_OK(akin_images_fetch(&v, &item, 1, pixels, &err));
    shell("cp bad.tar kept.tar; cp key-0.tar bad.tar");
    CHECK(akin_images_fetch(&v, &item, 1, pixels, &err) == AKIN_ERR_INPUT &&
          strstr(err.message, "bad.tar/09"));
    akin_image_set_free(set);
    shell("mv kept.tar bad.tar; gzip -kf bad.tar");
    CHECK_FAILS(open_set("bad.tar.gz", 1000, &set), AKIN_ERR_INPUT, "unpack them to .tar");
}

static const char ITEMS_IN_PYTHON[] =
    "import io,struct,tarfile\n"
    "def add(t,name,data): m=tarfile.TarInfo(name); m.size=len(data); t.addfile(m,io.BytesIO(data))\n"
    "def npy(x):\n"
    "    h=b\"{'descr': '<f4', 'fortran_order': False, 'shape': (%d,), }\"%len(x)\n"
    "    h+=b' '*(117-len(h))+b'\\n'\n"
    "    return b'\\x93NUMPY\\x01\\0'+struct.pack('<H',len(h))+h+struct.pack('<%df'%len(x),*x)\n"
    "with tarfile.open('text.tar','w') as t:\n"
    "    for i in range(20): add(t,'%02d.txt'%i,b'words of number %d\\nand more\\n'%i); "
    "add(t,'%02d.cls'%i,b'%d'%(i%2+3))\n"
    "with tarfile.open('rows.tar.gz','w:gz') as t:\n"
    "    for i in range(20): add(t,'%02d.npy'%i,npy([i*i,1/(i+1),-i%7])); add(t,'%02d.cls'%i,b'%d'%(i%2+3))\n"
    "with tarfile.open('wide.tar','w') as t: add(t,'a.npy',npy([1,2])); add(t,'b.npy',npy([1,2,3]))\n"
    "with tarfile.open('nan.tar','w') as t: add(t,'a.npy',npy([1,2])); "
    "add(t,'b.npy',npy([1,float('nan')]))\n";

static void texts_and_vectors(void **state)
{
    char path[512], name[64];
    akin_dataset *set;
    (void)state;
    put("items.py", ITEMS_IN_PYTHON, sizeof ITEMS_IN_PYTHON - 1);
    shell("python3 items.py");
    static const struct {
        const char *file;
        akin_data_kind kind;
    } SETS[] = { { "text.tar", AKIN_DATA_TEXT }, { "rows.tar.gz", AKIN_DATA_VECTORS } };
    for (int i = 0; i < 2; i++) {
        akin_split_view v = AKIN_SPLIT_VIEW_INIT;
        snprintf(path, sizeof path, "%s/%s", folder, SETS[i].file);
        CHECK(akin_data_detect(path) == SETS[i].kind);
        CHECK_OK(akin_dataset_open(path, NULL, &set, &err));
        CHECK_OK(akin_dataset_split(set, "train", AKIN_TARGET_LABEL, &v, &err));
        CHECK(v.n == 20 && v.classes == 2 && v.labels[0] == 0 && v.labels[7] == 1);
        CHECK(strcmp(akin_dataset_class_name(set, AKIN_TARGET_LABEL, 1), "4") == 0);
        CHECK(strcmp(akin_dataset_format(set), "webdataset") == 0);
        akin_dataset_item_name(set, "train", 3, name, sizeof name);
        CHECK(strcmp(name, i ? "train/3" : "03:1") == 0);
        akin_dataset_free(set);
    }
    snprintf(path, sizeof path, "%s/wide.tar", folder);
    CHECK_FAILS(akin_dataset_open(path, NULL, &set, &err), AKIN_ERR_SHAPE,
                "has 3 numbers, the first vector 2");
    snprintf(path, sizeof path, "%s/nan.tar", folder);
    CHECK_FAILS(akin_dataset_open(path, NULL, &set, &err), AKIN_ERR_INPUT, "row 1, column 1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tars_of_all_forms),    cmocka_unit_test(braces_and_folders),
        cmocka_unit_test(paths_from_the_root),  cmocka_unit_test(every_cut_is_refused),
        cmocka_unit_test(members_that_mislead), cmocka_unit_test(keys_of_several_archives),
        cmocka_unit_test(flips_end_well),       cmocka_unit_test(bad_pictures_and_changes),
        cmocka_unit_test(texts_and_vectors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
