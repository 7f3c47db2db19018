#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# linux_docs.sh OUT [DOCUMENTATION]: the kernel's documentation, as Debian's package linux-doc-6.1 has it, as sentences of
# documents: OUT/NAME, one sentence a line. A document is an .rst or .txt file outside of translations/. Empty lines, rules,
# directives, bullets and a change of indent to the left end a paragraph; paragraphs are split after . ! ? before a capital. A
# sentence ends in . ! ? or :, has 3 to 100 words of letters, and belongs to the first document, by name, that holds it. The
# 818 documents with the most sentences are kept (all have 50 and more), the first 200 sentences of each.
# The result is compared with the manifest linux_docs.sha256 beside this script; exit 8 where it differs, so that figures
# of another version of the package are not taken for these. linux_docs.sh OUT DOCUMENTATION --write-manifest replaces it.
set -eu
[ $# -ge 1 ] || { sed -n '3,11s/^# //p' "$0" >&2; exit 2; }
out=$1 docs=${2:-/usr/share/doc/linux-doc-6.1/Documentation}
manifest=$(dirname "$0")/linux_docs.sha256
[ -d "$docs" ] || { echo "linux_docs: no folder $docs; apt-get install linux-doc-6.1" >&2; exit 3; }
[ ! -e "$out" ] || { echo "linux_docs: $out is there already" >&2; exit 2; }
python3 - "$docs" "$out.part" <<'PY'
import gzip, os, re, sys

docs, out = sys.argv[1:]
DOCUMENTS, LEAST, MOST, SHORT, LONG = 818, 50, 200, 3, 100
ends = re.compile(r"(?<=[.!?])[\"')\]]*\s+(?=[\"'(\[]?[A-Z0-9])")
bullet = re.compile(r"^\s*([-*+•]|\d+[.)]|[a-zA-Z][.)]|\(\w+\)|\|)\s+")
rule = re.compile(r"^\s*([^\w\s])(\1|\s)*$|^\s*[+=|][-=+| ]*$")
directive = re.compile(r"^\s*(\.\.|:\w[\w -]*:)(\s|$)")
closed = re.compile(r"[.!?:]\W*$")
word = re.compile(r"[^\W\d_]{2,}")


def paragraphs(text):
    lines, indent = [], 0
    for line in text.expandtabs().splitlines():
        here = len(line) - len(line.lstrip())
        if not line.strip() or rule.match(line) or directive.match(line):
            yield " ".join(lines)
            lines = []
            continue
        if lines and (bullet.match(line) or here < indent):
            yield " ".join(lines)
            lines = []
        lines.append(bullet.sub("", line).strip())
        indent = here
    yield " ".join(lines)


def sentences(text):
    for paragraph in paragraphs(text):
        for sentence in ends.split(paragraph):
            sentence = " ".join(sentence.split())
            if closed.search(sentence) and SHORT <= len(word.findall(sentence)) <= LONG:
                yield sentence


names = []
for folder, _, files in os.walk(docs):
    for name in files:
        path = os.path.relpath(os.path.join(folder, name), docs)
        if re.search(r"\.(rst|txt)(\.gz)?$", name) and not path.startswith("translations" + os.sep):
            names.append(path)
seen, found = set(), []
for path in sorted(names, key=os.fsencode):
    full = os.path.join(docs, path)
    with (gzip.open if path.endswith(".gz") else open)(full, "rb") as f:
        text = f.read().decode("utf-8", "replace")
    mine = [s for s in dict.fromkeys(sentences(text)) if s not in seen]
    seen.update(mine)
    found.append((re.sub(r"\.gz$", "", path).replace(os.sep, "--"), mine))
kept = sorted(found, key=lambda document: -len(document[1]))[:DOCUMENTS]  # stable: equal ones by name
kept = [(name, mine[:MOST]) for name, mine in kept if len(mine) >= LEAST]
os.makedirs(out)
for name, mine in kept:
    with open(os.path.join(out, name), "x", encoding="utf-8") as f:
        f.writelines(s + "\n" for s in mine)
total = sum(len(mine) for _, mine in kept)
print(f"linux_docs: {len(names)} files, {len(seen)} sentences; {len(kept)} documents with {total} sentences kept", file=sys.stderr)
PY
mv "$out.part" "$out"
version=$(dpkg-query -W -f '${Version}' linux-doc-6.1 2>/dev/null || echo unknown)
sums() { (cd "$out" && LC_ALL=C sha256sum -- *); }
if [ "${3:-}" = --write-manifest ]; then
    { echo "# linux-doc-6.1 $version"; sums; } >"$manifest"
elif ! { sed 1d "$manifest"; } | (cd "$out" && sha256sum --check --strict --quiet) >&2 ||
    [ "$(sums | wc -l)" -ne "$(sed 1d "$manifest" | wc -l)" ]; then
    echo "linux_docs: $out differs from the manifest, which is of $(sed -n '1s/# //p' "$manifest"); here is $version" >&2
    exit 8
fi
