#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""akin/tool/gru.h against torch.nn.GRU with the same weights: the largest differences of features and gradients.

    bench/gru_torch_check.py build/libakin.so

Rows of 1 to 29 tokens, packed sequences on PyTorch's side. Differences of gradients are relative to the largest element of
each tensor. Exits with 1 when one exceeds 5e-6, a few tens of roundings.
"""
import ctypes as c
import sys

ROWS, DIM, HIDDEN, WORDS, LIMIT = 37, 50, 70, 100, 5e-6


class Mat(c.Structure):
    _fields_ = [("data", c.c_void_p), ("rows", c.c_int64), ("cols", c.c_int64), ("stride", c.c_int64)]


class Ragged(c.Structure):
    _fields_ = [("ids", c.c_void_p), ("start", c.c_void_p), ("rows", c.c_int64)]


class Opts(c.Structure):
    _fields_ = [("struct_size", c.c_uint32)] + [(n, c.c_int32) for n in ("hidden", "layers", "bidirectional", "pool")]


class Tensor(c.Structure):
    _fields_ = [("name", c.c_char_p), ("data", c.POINTER(c.c_float)), ("grad", c.POINTER(c.c_float)),
                ("count", c.c_int64), ("plain", c.c_int64), ("shape", c.c_int64 * 4), ("ndim", c.c_int32),
                ("decay", c.c_bool)]


def mat(a):
    return Mat(a.ctypes.data, a.shape[0], a.shape[1], a.shape[1])


def compare(akin, layers, bidirectional):
    import numpy as np
    import torch
    from torch.nn.utils.rnn import pack_padded_sequence, pad_sequence

    opts = Opts(c.sizeof(Opts), HIDDEN, layers, bidirectional, 0)
    gru = c.c_void_p()
    created = akin.akin_gru_create(c.byref(opts), c.c_int64(DIM), c.c_int64(ROWS), c.c_int64(64), c.c_uint64(5),
                                   c.byref(gru), None)
    rng = np.random.default_rng(0)
    length = rng.integers(1, 30, ROWS)
    start = np.concatenate([[0], np.cumsum(length)]).astype(np.int64)
    ids = rng.integers(0, WORDS, start[-1]).astype(np.int32)
    table = rng.standard_normal((WORDS, DIM), dtype=np.float32)
    features = np.zeros((ROWS, HIDDEN * (1 + bidirectional)), np.float32)
    dfeatures = rng.standard_normal(features.shape, dtype=np.float32)
    dtokens = np.zeros((start[-1], DIM), np.float32)
    rows = Ragged(ids.ctypes.data, start.ctypes.data, ROWS)
    done = akin.akin_gru_forward(gru, mat(table), c.byref(rows), c.c_bool(True), mat(features), None)
    back = akin.akin_gru_backward(gru, mat(dfeatures), mat(dtokens), None)
    if created or done or back:
        sys.exit(f"gru_torch_check: statuses {created} {done} {back}")

    tensors, i = [], 0
    while akin.akin_gru_tensor_at(gru, c.c_int64(i)):
        tensors.append(akin.akin_gru_tensor_at(gru, c.c_int64(i)).contents)
        i += 1

    def as_torch(t, data):
        return torch.from_numpy(np.ctypeslib.as_array(data, tuple(t.shape[:t.ndim])).copy())

    weights = {t.name.decode(): as_torch(t, t.data) for t in tensors}
    grads = {t.name.decode(): as_torch(t, t.grad) for t in tensors}
    akin.akin_gru_free(gru)
    net = torch.nn.GRU(DIM, HIDDEN, layers, bidirectional=bool(bidirectional))
    net.load_state_dict(weights)  # strict: names and shapes are the same
    tokens = torch.from_numpy(table)[torch.from_numpy(ids).long()].requires_grad_()
    padded = pad_sequence([tokens[start[i]:start[i + 1]] for i in range(ROWS)])
    _, h = net(pack_padded_sequence(padded, torch.from_numpy(length), enforce_sorted=False))
    wanted = torch.cat(list(h[-1 - bidirectional:]), 1)
    wanted.backward(torch.from_numpy(dfeatures))

    def apart(got, want):
        return ((got - want).abs().max() / want.abs().max()).item()

    worst = {"features": (torch.from_numpy(features) - wanted.detach()).abs().max().item(),
             "tokens": apart(torch.from_numpy(dtokens), tokens.grad),
             "weights": max(apart(grads[name], p.grad) for name, p in net.named_parameters())}
    print(f"{layers} layers, {1 + bidirectional} directions:", ", ".join(f"{k} {v:.1e}" for k, v in worst.items()))
    return max(worst.values()) <= LIMIT


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    try:
        import torch  # noqa: F401
    except ImportError:
        print("PyTorch is not installed here: nothing to compare with", file=sys.stderr)
        return 77
    akin = c.CDLL(sys.argv[1])
    akin.akin_gru_tensor_at.restype = c.POINTER(Tensor)
    akin.akin_gru_free.restype = None
    return 0 if all([compare(akin, n, d) for n in (1, 2) for d in (0, 1)]) else 1


if __name__ == "__main__":
    sys.exit(main())
