# SPDX-License-Identifier: Apache-2.0
"""The ids that a text encoder of akin reads: `about` is the JSON that an exported file holds under "akin".

    ids = Words(about)(["a text", "another one"])      # int64 [texts, most ids], behind the last id -1

A word is what stands between two Unicode word boundaries and has a letter or digit. The expression below finds
the words of ASCII text as ICU does; for other scripts take a word iterator of ICU (PyICU) in its place.
"""
import re

import numpy as np

INNER = r"(?:(?<=[a-zA-Z])[.'](?=[a-zA-Z])|(?<=\d)[.,;'](?=\d))"
WORD = re.compile(rf"(?:\w|{INNER})+", re.ASCII)


class Words:
    def __init__(self, about):
        self.rules = about["input"]
        self.number = {word: i for i, word in enumerate(self.rules["vocabulary_words"])}

    def ngrams(self, word):
        """Numbers of the runs of minn to maxn characters of <word>, as fastText numbers them."""
        text, rules = f"<{word[:256]}>", self.rules
        for i in range(len(text)):
            for k in range(rules["minn"], min(rules["maxn"], len(text) - i) + 1):
                if k == 1 and (i == 0 or i + 1 == len(text)):
                    continue
                h = 2166136261
                for byte in text[i : i + k].encode():
                    h = ((h ^ (byte if byte < 128 else byte | 0xFFFFFF00)) * 16777619) & 0xFFFFFFFF
                yield len(self.number) + h % rules["buckets"]

    def ids(self, text):
        rules = self.rules
        words = [w for w in WORD.findall(text.lower() if rules["lower"] else text) if re.search("[a-zA-Z0-9]", w)]
        for word in words[: rules["max_words"] or 128]:
            if rules["maxn"] == 0:
                yield self.number.get(word, len(self.number))
                continue
            if word in self.number:
                yield self.number[word]
            yield from self.ngrams(word)

    def __call__(self, texts):
        rows = [list(self.ids(text)) for text in texts]
        table = np.full((len(rows), max([1, *map(len, rows)])), -1, np.int64)
        for row, ids in zip(table, rows):
            row[: len(ids)] = ids
        return table
