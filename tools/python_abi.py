#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""python_abi.py [--write | --check CC]: what the public headers declare, as ctypes: python/akin/_abi.py.

--write makes that file; --check says whether it is what the headers declare, and holds sizes, places of fields, values of
enums and initialisers against a program that CC compiles from the headers. So layouts have one place of truth. It reads C
as this project writes it. All of the core tier is taken, of the tool tier what TOOL names.
"""

import ctypes
import importlib.util
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Dict, List, Optional, Tuple

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "python/akin/_abi.py"
CORE = ["base", "data", "eval", "loss", "model", "theory", "train"]
TOOL = {
    "program": ["akin_opt_desc", "akin_opt_check", "akin_build_part", "akin_build_part_at"],
    "dups": ["akin_dups_opts", "akin_dup_pair", "akin_dups_found", "akin_dups_find", "akin_dups_look", "akin_dups_free",
             "akin_outliers_opts", "akin_outliers"],
    "loss": ["akin_loss_option_at"],
    "corpus": ["akin_texts"],
    "label_errors": ["akin_label_method", "akin_label_score", "akin_label_opts", "akin_label_state", "akin_label_errors_find", "akin_label_errors_of",
                     "akin_label_errors_look", "akin_label_errors_free"],
    "map": ["akin_map_metric", "akin_map_loss", "akin_map_search", "akin_map_opts", "akin_map_result", "akin_map_quality", "akin_map", "akin_map_place",
            "akin_map_measure"],
    "cluster": ["akin_cluster_method", "akin_cluster_opts", "akin_cluster_result", "akin_cluster_agreement", "akin_cluster", "akin_cluster_central",
                "akin_cluster_agree"],
    "model": ["akin_model_embeds_texts", "akin_model_embed_texts", "akin_model_open_rows", "akin_model_warning",
              "akin_model_add_words"],
    "near_cells": ["akin_near_cells_create", "akin_near_cells_free", "akin_near_cells_probes", "akin_near_cells_search"],
    "quantize": ["akin_quantize"],
    "codes": ["akin_codes", "akin_near_codes_by"],
    "plot": ["akin_plot_opts", "akin_plot_make"],
    "report": ["akin_report_make_opts", "akin_report_make"],
    "retrieval": ["akin_similarity_kind", "akin_judgments", "akin_retrieval_opts", "akin_measure", "akin_retrieval_result", "akin_retrieval",
                  "akin_pair_scores", "akin_pair_scores_of", "akin_negatives_opts", "akin_negatives_result", "akin_hard_negatives"],
    "step_cost": ["akin_step_costs", "akin_step_cost", "akin_step_cost_of"],
    "train": ["akin_train_option_at"],
}
SCALARS = {
    "void": "None", "bool": "c_bool", "float": "c_float", "double": "c_double", "int": "c_int", "unsigned": "c_uint",
    "size_t": "c_size_t", "int32_t": "c_int32", "int64_t": "c_int64", "uint8_t": "c_uint8", "uint32_t": "c_uint32",
    "uint64_t": "c_uint64", "char": "c_char",
}  # fmt: skip


def statements(text: str) -> List[str]:
    """The statements of a header, blanks squeezed; what the preprocessor and C++ see is left out."""
    text = re.sub(r"/\*.*?\*/", " ", text, flags=re.S)
    text = re.sub(r"#ifdef __cplusplus.*?#endif", " ", text, flags=re.S)
    text = re.sub(r"^#(?:.*\\\n)*.*$", " ", text, flags=re.M)
    found, depth, at = [], 0, 0
    for i, c in enumerate(text):
        depth += (c == "{") - (c == "}")
        if depth == 0 and (c == ";" or (c == "}" and "static inline" in text[at:i])):
            found.append(" ".join(text[at : i + 1].split()))
            at = i + 1
    return found


class Header:
    """What the headers that were read so far declare."""

    def __init__(self) -> None:
        self.structs: Dict[str, List[Tuple[str, str]]] = {}
        self.enums: Dict[str, int] = {}
        self.known: Dict[str, int] = {}  # of enums that are left out, too: initialisers may name them
        self.enum_types: List[str] = []
        self.callbacks: Dict[str, str] = {}
        self.functions: Dict[str, Tuple[str, List[str]]] = {}
        self.defaults: Dict[str, Dict[str, str]] = {}
        self.macros: Dict[str, str] = {}

    def read(self, path: Path, only: Optional[List[str]]) -> None:
        text = path.read_text()
        for s in statements(text):
            if s.startswith("typedef enum") or s.startswith("enum"):
                self.enum(s, only)
            elif s.startswith("typedef struct") and "{" in s:
                self.struct(s, only)
            elif s.startswith("AKIN_API"):
                self.function(s[len("AKIN_API ") :], only)
        for name, value in re.findall(r"^#define (AKIN_MARK_\w+|AKIN_LOSS_DEFAULT) (.+)$", text, flags=re.M):
            self.macros[name] = value
        joined = re.sub(r"\s*\\\n\s*", " ", text)
        for name, body in re.findall(r"^#define (AKIN_\w+)_INIT \{(.*)\}\s*$", joined, flags=re.M):
            if name.lower() in self.structs:
                self.defaults[name.lower()] = dict(
                    (k, v if v in self.enums else str(self.known.get(v, v))) for k, v in re.findall(r"\.(\w+) = (\{[^}]*\}|[^,\s]+)", body)
                )

    def enum(self, s: str, only: Optional[List[str]]) -> None:
        name = s.rsplit("}", 1)[1].strip(" ;")
        if name:
            self.enum_types.append(name)
        value = -1
        for part in s[s.index("{") + 1 : s.rindex("}")].split(","):
            if not part.strip():
                continue
            left, _, right = part.partition("=")
            value = int(right) if right else value + 1
            self.known[left.strip()] = value
            if only is None:
                self.enums[left.strip()] = value

    def struct(self, s: str, only: Optional[List[str]]) -> None:
        name = s.rsplit("}", 1)[1].strip(" ;")
        if only is not None and name not in only:
            return
        fields: List[Tuple[str, str]] = []
        for member in s[s.index("{") + 1 : s.rindex("}")].split(";"):
            member = member.strip()
            if not member:
                continue
            call = re.fullmatch(r"(.+?)\(\*(\w+)\)\((.*)\)", member)
            if call:
                kind = f"{name}_{call[2]}"
                arguments = [self.type_of(*self.declarator(a)) for a in call[3].split(",")]
                self.callbacks[kind] = f"CFUNCTYPE({', '.join([self.type_of(call[1].strip(), 0)] + arguments)})"
                fields.append((call[2], kind))
                continue
            base = re.match(r"(?:const )?(?:unsigned char|\w+) (?:const )?", member)
            assert base, member
            for one in member[base.end() :].split(","):
                stars, array = one.count("*"), re.search(r"\[(\w+)\]", one)
                field = re.sub(r"\[.*|[* ]|\bconst\b", "", one)
                kind = self.type_of(base[0].replace("const", "").strip(), stars)
                if array:
                    kind = f"{kind} * {self.enums.get(array[1], self.known.get(array[1], array[1]))}"
                fields.append((field, kind))
        self.structs[name] = fields

    @staticmethod
    def declarator(text: str) -> Tuple[str, int]:
        text = re.sub(r"\bconst\b", " ", text).strip()
        stars = text.count("*")
        words = text.replace("*", " ").split()
        return (words[0] if words[0] != "unsigned" or words[1] != "char" else "unsigned char"), stars

    def type_of(self, base: str, stars: int) -> str:
        base = base.replace("const ", "").strip()
        while base.endswith("*"):
            base, stars = base[:-1].strip(), stars + 1
        if stars == 0:
            return SCALARS.get(base) or ("c_int" if base in self.enum_types else base)
        if base == "char" and stars == 1:
            return "c_char_p"
        if base in self.structs:
            return "POINTER(" * stars + base + ")" * stars
        return "c_void_p" if stars == 1 or base in SCALARS else "POINTER(c_void_p)"

    def function(self, s: str, only: Optional[List[str]]) -> None:
        found = re.fullmatch(r"(.*?)(\w+)\((.*)\);", s)
        assert found, s
        if only is not None and found[2] not in only:
            return
        result = self.type_of(*self.declarator(found[1] + " x"))
        inside = [] if found[3] == "void" else found[3].split(",")
        self.functions[found[2]] = (result, [self.type_of(*self.declarator(a)) for a in inside])

    def value(self, text: str) -> str:
        text = re.sub(r"sizeof\((\w+)\)", r"ctypes.sizeof(\1)", text.replace("(double)NAN", "nan"))
        return "(" + text[1:-1].strip() + ",)" if text.startswith("{") else text

    def python(self) -> str:
        lines = [
            "# SPDX-License-Identifier: Apache-2.0",
            '"""What the C headers declare, as ctypes. Made by tools/python_abi.py --write; not edited by hand."""',
            "",
            "import ctypes",
            "from ctypes import (CFUNCTYPE, POINTER, Structure, c_bool, c_char, c_char_p, c_double, c_float, c_int, c_int32,",
            "                    c_int64, c_size_t, c_uint, c_uint8, c_uint32, c_uint64, c_void_p)",
            "from math import nan",
            "from typing import Any, Dict, List, Tuple",
            "",
        ]
        for name, number in self.enums.items():
            lines.append(f"{name} = {number}")
        for name, text in self.macros.items():
            lines.append(f"{name} = {text}")
        for name, fields in self.structs.items():
            lines.append("")
            for kind, text in self.callbacks.items():
                if kind.startswith(name + "_on_") or kind in [f[1] for f in fields]:
                    lines.append(f"{kind} = {text}")
            lines += ["", f"class {name}(Structure):", "    _fields_ = ["]
            lines += [f'        ("{field}", {kind}),' for field, kind in fields] + ["    ]", ""]
        lines += ["", "#: What AKIN_X_INIT sets; everything else is 0.", "DEFAULTS: Dict[Any, Dict[str, Any]] = {"]
        for name, values in self.defaults.items():
            inside = ", ".join(f'"{k}": {self.value(v)}' for k, v in values.items())
            lines.append(f"    {name}: {{{inside}}},")
        lines += ["}", "", "#: Result and parameters of each function.", "FUNCTIONS: Dict[str, Tuple[Any, List[Any]]] = {"]
        for name, (result, parameters) in self.functions.items():
            lines.append(f'    "{name}": ({result}, [{", ".join(parameters)}]),')
        return "\n".join(lines + ["}", ""])


def read_headers() -> Header:
    header = Header()
    for name in CORE:
        header.read(ROOT / f"include/akin/{name}.h", None)
    for name, only in TOOL.items():
        header.read(ROOT / f"include/akin/tool/{name}.h", only)
    return header


def check(cc: str) -> str:
    """A sentence on the first thing in which the compiler sees something else; "" when there is none."""
    spec = importlib.util.spec_from_file_location("_abi", OUT)
    assert spec and spec.loader
    abi = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(abi)
    header = read_headers()
    c = ["#include <akin/akin.h>", "#include <akin/tool/tool.h>", "#include <stdio.h>"]
    for name, fields in header.structs.items():
        kind = getattr(abi, name)
        c.append(f'_Static_assert(sizeof({name}) == {ctypes.sizeof(kind)}, "size of {name}");')
        for field, _ in fields:
            at = getattr(kind, field).offset
            c.append(f'_Static_assert(offsetof({name}, {field}) == {at}, "{name}.{field}");')
    c += [f'_Static_assert({name} == {value}, "{name}");' for name, value in header.enums.items()]
    c.append("static void show(const void *p, size_t n) {")
    c.append('    for (size_t i = 0; i < n; i++) printf("%02x", ((const unsigned char *)p)[i]); puts(""); }')
    c.append("int main(void) {")
    for name in header.defaults:
        c.append(f"    {{ static {name} x = {name.upper()}_INIT; show(&x, sizeof x); }}")
    c.append("    return 0; }")
    with tempfile.TemporaryDirectory() as folder:
        source, program = Path(folder, "abi.c"), Path(folder, "abi")
        source.write_text("\n".join(c))
        built = subprocess.run([cc, "-std=c11", f"-I{ROOT}/include", str(source), "-o", str(program)], capture_output=True)
        if built.returncode:
            return built.stderr.decode()
        shown = subprocess.run([str(program)], capture_output=True, check=True).stdout.decode().split()
    for name, seen in zip(header.defaults, shown):
        ours = getattr(abi, name)()
        for field, value in abi.DEFAULTS[getattr(abi, name)].items():
            if isinstance(value, tuple):
                getattr(ours, field)[: len(value)] = value
            else:
                setattr(ours, field, value)
        if bytes(ours).hex() != seen:
            return f"{name.upper()}_INIT is {seen} in C and {bytes(ours).hex()} in Python"
    print(f"python_abi: {len(header.structs)} structs, {len(header.functions)} functions, {len(shown)} initialisers")
    return ""


def main() -> int:
    text = read_headers().python()
    if sys.argv[1:] == ["--write"]:
        OUT.write_text(text)
        return 0
    if len(sys.argv) != 3 or sys.argv[1] != "--check":
        print(__doc__.split("\n")[0], file=sys.stderr)
        return 2
    if text != OUT.read_text():
        print("FAIL: python/akin/_abi.py is not what the headers declare; tools/python_abi.py --write makes it anew")
        return 1
    fault = check(sys.argv[2])
    if fault:
        print(f"FAIL: {fault}")
    return 1 if fault else 0


if __name__ == "__main__":
    sys.exit(main())
