# SPDX-License-Identifier: Apache-2.0
"""foreign.py FOLDER: ONNX models that akin did not write, and what they give by NumPy, so that `akin embed --onnx` can be
held against it. The messages are put together here, by the field numbers of onnx.proto3; no library of ONNX is needed.

Each model is FOLDER/NAME.onnx; what it gives of the data FOLDER/pictures.npy or FOLDER/table.npy is FOLDER/NAME.npy."""
import struct
import sys

import numpy as np

TYPES = {"float32": 1, "uint8": 2, "int32": 6, "int64": 7, "float16": 10, "float64": 11}
MEAN, STD = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])


def varint(value):
    out = b""
    while value > 127:
        out, value = out + bytes([value & 127 | 128]), value >> 7
    return out + bytes([value])


def field(number, value):
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    if isinstance(value, float):
        return varint(number << 3 | 5) + struct.pack("<f", value)
    value = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(value)) + value


def value_info(name, dtype, dims):
    """A dimension is a number, or the name of a free one."""
    shape = b"".join(field(1, field(2, d) if isinstance(d, str) else field(1, d)) for d in dims)
    return field(1, name) + field(2, field(1, field(1, TYPES[dtype]) + field(2, shape)))


def tensor(name, array):
    dims = b"".join(field(1, d) for d in array.shape)
    return dims + field(2, TYPES[str(array.dtype)]) + field(8, name) + field(9, array.tobytes())


def attribute(name, value):
    if isinstance(value, int):
        return field(1, name) + field(3, value) + field(20, 2)
    return field(1, name) + b"".join(field(8, v) for v in value) + field(20, 7)


def node(op, inputs, outputs, **attributes):
    body = b"".join(field(1, x) for x in inputs) + b"".join(field(2, x) for x in outputs) + field(4, op)
    return body + b"".join(field(5, attribute(k, v)) for k, v in attributes.items())


def model(path, nodes, inputs, outputs, arrays=(), notes=()):
    graph = b"".join(field(1, n) for n in nodes) + field(2, "g") + b"".join(field(5, tensor(*a)) for a in arrays)
    graph += b"".join(field(11, value_info(*i)) for i in inputs) + b"".join(field(12, value_info(*o)) for o in outputs)
    body = field(1, 8) + field(2, "test") + field(7, graph) + field(8, field(2, 17))
    body += b"".join(field(14, field(1, k) + field(2, v)) for k, v in notes)
    with open(path, "wb") as file:
        file.write(body)


def main(folder):
    random = np.random.default_rng(5)
    images = random.integers(0, 256, (9, 6, 6, 3), dtype=np.uint8)
    rows = random.normal(0, 3, (11, 5)).astype(np.float32)
    np.save(f"{folder}/pictures.npy", images)
    np.save(f"{folder}/table.npy", rows)
    scaled = ((images / 255 - MEAN) / STD).transpose(0, 3, 1, 2)  # in double
    weights = random.normal(0, 1, (3 * 6 * 6, 4)).astype(np.float32)
    matrix = random.normal(0, 1, (5, 3)).astype(np.float32)
    planes = scaled.reshape(9, -1) @ weights

    def put(name, nodes, inputs, outputs, arrays=(), notes=(), gives=None):
        model(f"{folder}/{name}.onnx", nodes, inputs, outputs, arrays, notes)
        if gives is not None:
            np.save(f"{folder}/{name}.npy", gives)

    flat = [node("Flatten", ["x"], ["f"], axis=1), node("MatMul", ["f", "w"], ["y"])]
    w = [("w", weights)]
    put("first", flat, [("x", "float32", ["n", 3, 6, 6])], [("y", "float32", ["n", 4])], w, gives=planes)
    put("two", flat, [("x", "float32", [2, 3, 6, 6])], [("y", "float32", [2, 4])], w, gives=planes)  # fixed batch
    put("one", flat, [("x", "float32", [1, 3, 6, 6])], [("y", "float32", [1, 4])], w, gives=planes)
    last = [node("Transpose", ["x"], ["t"], perm=[0, 3, 1, 2]), node("Flatten", ["t"], ["f"], axis=1), flat[1]]
    put("last", last, [("x", "float32", ["n", 6, 6, 3])], [("y", "float32", ["n", 4])], w, gives=planes)
    pool = [node("GlobalAveragePool", ["x"], ["y"])]
    put("any", pool, [("x", "float32", ["n", 3, "h", "w"])], [("y", "float32", ["n", 3, 1, 1])], gives=scaled.mean((2, 3)))
    cast = node("Cast", ["x"], ["c"], to=1)
    put(
        "bytes", [cast, node("GlobalAveragePool", ["c"], ["g"]), node("Flatten", ["g"], ["y"], axis=1)],
        [("x", "uint8", ["n", 3, 6, 6])], [("y", "float32", ["n", 3])], gives=images.mean((1, 2)),
    )
    put(
        "half", [*flat[:1], node("MatMul", ["f", "w"], ["m"]), node("Cast", ["m"], ["y"], to=10)],
        [("x", "float32", ["n", 3, 6, 6])], [("y", "float16", ["n", 4])], w, gives=planes,
    )
    put(
        "several", [*flat, node("GlobalAveragePool", ["x"], ["pooled"]), node("Relu", ["y"], ["r"])],
        [("x", "float32", ["n", 3, 6, 6])],
        [("pooled", "float32", ["n", 3, 1, 1]), ("y", "float32", ["n", 4]), ("r", "float32", ["n", 4])], w, gives=planes,
    )
    np.save(f"{folder}/several-r.npy", np.maximum(planes, 0))
    np.save(f"{folder}/several-pooled.npy", scaled.mean((2, 3)))
    product = [node("MatMul", ["x", "w"], ["y"])]
    put("rows", product, [("x", "float32", ["n", 5])], [("y", "float32", ["n", 3])], [("w", matrix)], gives=rows @ matrix.astype(float))
    put(
        "wide", product, [("x", "float64", ["n", "d"])], [("y", "float64", ["n", 3])], [("w", matrix.astype(float))],
        gives=rows.astype(float) @ matrix.astype(float),
    )
    grey = [node("GlobalAveragePool", ["x"], ["y"])]
    put("grey", grey, [("x", "float32", ["n", 1, 6, 6])], [("y", "float32", ["n", 1, 1, 1])])

    # What is refused.
    put("map", [node("Relu", ["x"], ["y"])], [("x", "float32", ["n", 3, 6, 6])], [("y", "float32", ["n", 3, 6, 6])])
    put("open", [node("Relu", ["x"], ["y"])], [("x", "float32", ["n", 3, 6, 6])], [("y", "float32", ["n", "a", "b", "c"])])
    put("cube", [node("Relu", ["x"], ["y"])], [("x", "float32", ["n", 5, 5])], [("y", "float32", ["n", 5, 5])])
    put("deep", [node("GlobalAveragePool", ["x"], ["y"])], [("x", "float32", ["n", 8, 6, 6])], [("y", "float32", ["n", 8, 1, 1])])
    put("ids", [node("Cast", ["x"], ["y"], to=1)], [("x", "int64", ["n", 5])], [("y", "float32", ["n", 5])])
    put("pair", [node("Add", ["x", "z"], ["y"])], [("x", "float32", ["n", 5]), ("z", "float32", ["n", 5])], [("y", "float32", ["n", 5])])
    put("nan", [node("Sqrt", ["x"], ["y"])], [("x", "float32", ["n", 5])], [("y", "float32", ["n", 5])])
    put("unknown", [node("NoSuchOperator", ["x"], ["y"])], [("x", "float32", ["n", 5])], [("y", "float32", ["n", 5])])
    put("whole", [node("Cast", ["x"], ["y"], to=7)], [("x", "float32", ["n", 5])], [("y", "int64", ["n", 5])])
    put("damaged", product, [("x", "float32", ["n", 5])], [("y", "float32", ["n", 3])], [("w", matrix)], [("akin", '{"input": {"kind": 7}}')])
    fixed = [node("Reshape", ["x", "s"], ["y"])]  # 25 numbers a row of the output, whatever comes in: 9 items are 45 rows
    put("reshape", fixed, [("x", "float32", ["n", 5])], [("y", "float32", ["m", 1])], [("s", np.array([-1, 1], np.int64))])
    put("refuses", fixed, [("x", "float32", ["n", 5])], [("y", "float32", ["m", 7])], [("s", np.array([-1, 7], np.int64))])


sys.exit(main(*sys.argv[1:]))
