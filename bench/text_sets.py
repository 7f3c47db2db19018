#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Two labelled sets as folders of documents that akin reads: SPLIT/CLASS/NAME, for a sentence a line and for an item a line.

    bench/text_sets.py 20news FOLDER OUT     FOLDER has 20news-bydate-train/GROUP/N and 20news-bydate-test/GROUP/N
    bench/text_sets.py debian OUT            from apt's lists: apt-get -o Acquire::Languages=en update, then this

OUT/sentences/{train,test}/CLASS/NAME has a sentence a line, OUT/items/{train,test}/CLASS/NAME the same on one line.

20news: the split is by date, as given. Headers go, and so do quotes (lines that begin with > or |, or announce them) and
footers (a last part after a line of -- or an empty line, if it is short), since they give the group away. Latin-1 becomes UTF-8. Files whose
name is no number are left out.

debian: the long description of one package, the first by name, of each source; equal descriptions once. The class is the
section, of which those with 50 sources and more are kept. A source is in the test part when the first byte of the SHA-256
of its name is below 51, which is a fifth of them; in train otherwise. Packages of Debian's own main archive only.
"""
import hashlib
import os
import re
import subprocess
import sys
from collections import Counter

ENDS = re.compile(r"(?<=[.!?])[\"')\]]*\s+(?=[\"'(\[]?[A-Z0-9])")
QUOTE = re.compile(r"^\s*[>|]|writes in|writes:|wrote:|says:|said:|^In article|^Quoted from")
WORD = re.compile(r"[^\W\d_]{2,}")


def sentences(paragraphs):
    for p in paragraphs:
        for s in ENDS.split(" ".join(p.split())):
            if WORD.search(s):
                yield s


def body(message):
    """A message without header, quotes and footer, as a list of paragraphs."""
    lines = re.split(r"[\t\n]", message.replace("\t\n", "\n").replace("\r", ""))
    start = lines.index("") if "" in lines else -1
    lines = [l for l in lines[start + 1:] if not QUOTE.search(l)]
    text = "\n".join(lines).strip()
    cut = [m.start() for m in re.finditer(r"\n\s*(-{2,}.*)?\n", text)]
    if cut and text.count("\n", cut[-1]) <= 6:
        text = text[:cut[-1]]
    return re.split(r"\n\s*\n", text)


def write(out, split, label, name, paragraphs):
    lines = list(sentences(paragraphs))
    if not lines:
        return 0
    for kind, text in ("sentences", "\n".join(lines)), ("items", " ".join(lines)):
        folder = os.path.join(out, kind, split, label)
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, name), "w", encoding="utf-8") as f:
            f.write(text + "\n")
    return len(lines)


def newsgroups(folder, out):
    count = Counter()
    for split in "train", "test":
        top = os.path.join(folder, "20news-bydate-" + split)
        for group in sorted(os.listdir(top)):
            for name in sorted(os.listdir(os.path.join(top, group))):
                if not name.isdigit():
                    continue
                with open(os.path.join(top, group, name), encoding="latin-1", newline="") as f:
                    n = write(out, split, group, name, body(f.read()))
                count[split] += n > 0
                count["empty"] += n == 0
                count["sentences"] += n
    return count


def stanzas(text):
    for part in text.split("\n\n"):
        fields, key = {}, None
        for line in part.splitlines():
            if line[:1] in " \t":
                if key:
                    fields[key] += "\n" + line[1:]
            elif ":" in line:
                key, value = line.split(":", 1)
                fields[key] = value.strip()
        if fields:
            yield fields


def apt_lists(pattern):
    listed = subprocess.run(["apt-get", "-o", "Acquire::Languages=en", "indextargets", "--format", "$(SITE) $(SUITE) $(COMPONENT) $(FILENAME)", pattern],
                            check=True, capture_output=True, text=True).stdout
    for line in sorted(listed.splitlines()):
        site, suite, component, path = line.split(" ", 3)
        if "debian.org" in site and "security" not in suite and "updates" not in suite and component == "main":
            yield subprocess.run(["/usr/lib/apt/apt-helper", "cat-file", path], check=True, capture_output=True,
                                 text=True).stdout


def debian(out):
    texts = {}
    for text in apt_lists("Created-By: Translations"):
        for s in stanzas(text):
            if "Description-en" in s:
                texts[s["Description-md5"]] = s["Description-en"]
    if not texts:
        sys.exit("text_sets: no descriptions in apt's lists; apt-get -o Acquire::Languages=en update")
    seen, sources = set(), {}
    for text in apt_lists("Created-By: Packages"):
        for s in sorted(stanzas(text), key=lambda s: s.get("Package", "")):
            source = s.get("Source", s["Package"]).split()[0]
            long = "\n".join(texts.get(s.get("Description-md5", ""), "").split("\n")[1:]).strip()
            if long and source not in sources and long not in seen:
                seen.add(long)
                sources[source] = (s["Section"].split("/")[-1], long)
    size = Counter(section for section, _ in sources.values())
    count = Counter(sections=sum(n >= 50 for n in size.values()))
    for source, (section, long) in sorted(sources.items()):
        if size[section] >= 50:
            split = "test" if hashlib.sha256(source.encode()).digest()[0] < 51 else "train"
            n = write(out, split, section, source, re.split(r"\n\s*\.\n|\n(?=\s*[-*+])", long))
            count[split] += n > 0
            count["sentences"] += n
    return count


def main():
    if len(sys.argv) == 4 and sys.argv[1] == "20news":
        count = newsgroups(*sys.argv[2:])
    elif len(sys.argv) == 3 and sys.argv[1] == "debian":
        count = debian(sys.argv[2])
    else:
        print(__doc__, file=sys.stderr)
        return 2
    print("text_sets:", ", ".join(f"{n} {what}" for what, n in sorted(count.items())), file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
