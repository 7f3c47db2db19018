# SPDX-License-Identifier: Apache-2.0
"""structure.py FILE [CHECKPOINT]: what `akin export` wrote, read by nothing but Python's own library. It prints what tests
compare; with the checkpoint, each tensor must have its very bytes.

    .onnx         each message to its end, by the field numbers of onnx.proto3; every value is made before it is used, by one
                  node, and every array has the bytes of its shape
    .safetensors  tensors one behind the other to the end of the file
    .pt           an archive with good sums, and a pickle of the opcodes and names that weights_only allows"""
import collections
import json
import pickletools
import struct
import sys
import zipfile

BYTES = {1: 4, 2: 1, 6: 4, 7: 8, 11: 8}


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        value, shift, at = value | (byte & 127) << shift, shift + 7, at + 1
        if byte < 128:
            return value, at


def message(data):
    """Fields by their numbers, each a list."""
    fields, at = collections.defaultdict(list), 0
    while at < len(data):
        tag, at = varint(data, at)
        kind = tag & 7
        if kind == 0:
            value, at = varint(data, at)
        elif kind == 2:
            size, at = varint(data, at)
            value, at = data[at : at + size], at + size
        else:
            assert kind == 5, kind
            value, at = data[at : at + 4], at + 4
        assert at <= len(data), "a field ends behind its message"
        fields[tag >> 3].append(value)
    return fields


def text(value):
    return bytes(value).decode()


def array(data):
    """Name, shape and bytes."""
    t = message(data)
    size = BYTES[t[2][0]]
    for dim in t[1]:
        size *= dim
    assert len(t[9][0]) == size, (text(t[8][0]), t[1], len(t[9][0]))
    return text(t[8][0]), tuple(t[1]), bytes(t[9][0])


def value_of(data):
    v = message(data)
    tensor = message(message(v[2][0])[1][0])
    dims = [message(d) for d in message(tensor[2][0])[1]]
    return text(v[1][0]), tensor[1][0], [text(d[2][0]) if d[2] else d[1][0] for d in dims]


def onnx(data):
    model = message(memoryview(data))
    assert set(model) == {1, 2, 3, 7, 8, 14}, sorted(model)
    graph = message(model[7][0])
    assert set(graph) == {1, 2, 5, 11, 12}, sorted(graph)
    arrays = {name: (shape, raw) for name, shape, raw in map(array, graph[5])}
    assert len(arrays) == len(graph[5]), "two arrays of one name"
    inputs, outputs = [value_of(v) for v in graph[11]], [value_of(v) for v in graph[12]]
    made, used, steps = set(arrays) | {name for name, *_ in inputs}, set(), []
    for node in map(message, graph[1]):
        steps.append(text(node[4][0]))
        for name in map(text, node[1]):
            assert name in made, f"{steps[-1]} reads {name} before it is made"
            used.add(name)
        for name in map(text, node[2]):
            assert name not in made, f"{name} is made twice"
            made.add(name)
    assert outputs[0][0] in made and set(arrays) <= used, set(arrays) - used
    print("ir", model[1][0], "opset", message(model[8][0])[2][0])
    print("in", *inputs[0], "out", *outputs[0])
    print(*steps)
    note = {text(message(n)[1][0]): text(message(n)[2][0]) for n in model[14]}
    return arrays, json.loads(note["akin"])


def safetensors(data):
    (size,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + size])
    about, at, arrays = json.loads(header.pop("__metadata__")["akin"]), 0, {}
    for name, t in header.items():
        begin, end = t["data_offsets"]
        count = 4
        for dim in t["shape"]:
            count *= dim
        assert begin == at and end - begin == count and t["dtype"] == "F32", (name, t)
        arrays[name] = tuple(t["shape"]), data[8 + size + begin : 8 + size + end]
        at = end
    assert 8 + size + at == len(data)
    return arrays, about


ALLOWED = {"PROTO", "GLOBAL", "EMPTY_TUPLE", "REDUCE", "MARK", "BINUNICODE", "BININT", "LONG1", "TUPLE", "BINPERSID", "NEWFALSE",
           "SETITEMS", "STOP"}
NAMES = {"collections OrderedDict", "torch._utils _rebuild_tensor_v2", "torch FloatStorage"}


def torch(path):
    arrays = {}
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        for info in archive.infolist():
            assert info.compress_type == zipfile.ZIP_STORED
        names, numbers, name = [], [], None
        for code, argument, _ in pickletools.genops(archive.read("archive/data.pkl")):
            assert code.name in ALLOWED, code.name
            assert code.name != "GLOBAL" or argument in NAMES, argument
            if code.name == "BINUNICODE":
                names.append(argument)
        assert archive.read("archive/version") == b"3\n" and archive.read("archive/byteorder") == b"little"
        for name, key in zip(names[0::4], names[2::4]):
            arrays[name] = None, archive.read(f"archive/data/{key}")
    return arrays, None


def main(path, checkpoint=None):
    with open(path, "rb") as file:
        data = file.read()
    kind = onnx if path.endswith(".onnx") else safetensors if path.endswith(".safetensors") else None
    arrays, about = kind(data) if kind else torch(path)
    if about:
        print(about["encoder"], about["layer"], about["width"], about["parameters"], about["input"]["name"])
    if checkpoint:
        with open(checkpoint, "rb") as file:
            data = file.read()
        (size,) = struct.unpack("<Q", data[:8])
        header = json.loads(data[8 : 8 + size])
        pool = collections.Counter(raw for _, raw in arrays.values())
        for name, t in header.items():
            words = name.startswith("words.") and name != "words.table"  # the state of their optimiser
            if words or name.startswith(("__metadata__", "data.", "optimizer", "head.", "ema.")):
                continue
            begin, end = t["data_offsets"]
            raw = data[8 + size + begin : 8 + size + end]
            assert pool[raw] > 0, f"{name} is not in {path}"
            assert kind is not onnx or arrays[name] == (tuple(t["shape"]), raw), name
            pool[raw] -= 1
    if kind is not onnx:
        print(*arrays)


main(*sys.argv[1:])
