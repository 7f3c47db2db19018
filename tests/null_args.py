# SPDX-License-Identifier: Apache-2.0
"""null_args.py CC INCLUDE LIBRARIES: each function of the public headers that returns an akin_status is called with NULL for every
pointer, no rows and 0 for every number, in a process of its own. It refuses that with a sentence, and with a status that says
that the caller is wrong; or NULL has a meaning, and the function is listed below."""
import glob, os, re, subprocess, sys, tempfile

# NULL ends nothing, adds nothing, is a job of one process, or stands for a value that lacked memory or a key that is not there.
MEANS = {"akin_json_check": "NOMEM", "akin_json_print": "NOMEM", "akin_json_save": "NOMEM", "akin_json_add": "NOMEM",
         "akin_npz_end": "OK", "akin_ranks_agree": "OK", "akin_row_writer_close": "OK"}
MEANS.update({"akin_json_read_" + kind: "INPUT" for kind in "int real bool text value reals".split()})
RIGHT = "status == AKIN_ERR_ARGUMENT || status == AKIN_ERR_SHAPE || status == AKIN_ERR_RANGE"


def parameters(text):
    """The declarations between the commas that no bracket holds."""
    found, depth = [""], 0
    for c in text:
        depth += (c == "(") - (c == ")")
        if c == "," and depth == 0: found.append("")
        else: found[-1] += c
    return [" ".join(p.split()) for p in found]


def argument(declaration):
    if declaration.endswith("akin_error *err"): return "&err"
    if re.search(r"[*\[(]", declaration) or declaration.split()[0].endswith("_fn"): return "NULL"
    name = declaration.replace("const ", "").split()[0]
    return "(%s){ 0 }" % name if re.fullmatch("akin_(c?mat|c?ragged|[a-z_]*_view)", name) else "0"


def functions(include):
    for header in sorted(glob.glob(include + "/akin/*.h") + glob.glob(include + "/akin/tool/*.h")):
        with open(header) as f: text = re.sub(r"/\*.*?\*/", "", f.read(), flags=re.S)
        for name, inside in re.findall(r"AKIN_API\s+akin_status\s+(\w+)\(([^;]*)\);", text):
            yield header[len(include) + 1:], name, [argument(p) for p in parameters(inside)]


def main():
    cc, include, libraries = sys.argv[1:4]
    all = list(functions(include))
    lines = ['#include "%s"' % h for h in dict.fromkeys(h for h, _, _ in all)]
    lines += ["#include <stdio.h>", "#include <sys/wait.h>", "#include <unistd.h>", "static akin_error err;"]
    for _, name, arguments in all:
        means = MEANS.get(name)
        right = "(%s) && err.message[0]" % RIGHT if not means else "status == AKIN_%s%s" % ("" if means == "OK" else "ERR_", means)
        lines += ["static int t_%s(void) {" % name, "    akin_status status = %s(%s);" % (name, ", ".join(arguments)),
                  '    if (!(%s)) printf("%s: %%s \'%%s\'\\n", akin_status_name(status), err.message);' % (right, name),
                  "    return !(%s);" % right, "}"]
    lines += ["static const struct { const char *name; int (*call)(void); } ALL[] = {"]
    lines += ['    { "%s", t_%s },' % (name, name) for _, name, _ in all]
    lines += ["};", "int main(void) {", "    int failures = 0;", "    for (size_t i = 0; i < sizeof ALL / sizeof *ALL; i++) {",
              "        fflush(NULL);", "        pid_t child = fork();", "        int status = -1;",
              "        if (child == 0) { alarm(60); int wrong = ALL[i].call(); fflush(NULL); _exit(wrong); }",
              "        waitpid(child, &status, 0);", "        failures += status != 0;",
              '        if (WIFSIGNALED(status)) printf("%s: signal %d\\n", ALL[i].name, WTERMSIG(status));', "    }",
              '    printf("%zu functions, %d failures\\n", sizeof ALL / sizeof *ALL, failures);', "    return failures != 0;", "}"]
    with tempfile.TemporaryDirectory() as folder:
        with open(folder + "/null.c", "w") as f: f.write("\n".join(lines) + "\n")
        subprocess.run([cc, "-std=gnu11", "-I" + include, "-o", folder + "/null", folder + "/null.c", "-L" + libraries, "-lakin",
                        "-Wl,-rpath," + os.path.realpath(libraries)], check=True)
        return subprocess.run([folder + "/null"], cwd=folder).returncode


sys.exit(main())
