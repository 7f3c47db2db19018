# SPDX-License-Identifier: Apache-2.0
"""akin.torch: gradcheck, a training loop beside pytorch-metric-learning, memory of 64k rows."""

import os
import subprocess
import sys
import unittest

import numpy as np
import torch
from pytorch_metric_learning import losses as peer

import akin
import akin.torch

WEIGHTED = ("dclw", "dual-temperature")  # their weights are constants of the gradient, by their papers


def rows(*shape, dtype=torch.float64, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, dtype=dtype, generator=generator).requires_grad_()


class Function(unittest.TestCase):
    def test_gradcheck(self):
        for name, kind in akin.losses().items():
            if name in WEIGHTED:
                continue
            rest = {}
            if "labels" in kind.needs:
                rest["labels"] = torch.arange(10) % 3
            if "features" in kind.needs:
                rest["features"] = rows(20, 4, seed=9).detach()
            if "triples" in kind.needs:
                inputs = (rows(10, 6), rows(10, 6, seed=1), rows(10, 3, 6, seed=2))
                call = lambda a, p, n: akin.torch.loss(name, a, positives=p, negatives=n)  # noqa: E731
            else:
                inputs = (rows(10, 6), rows(10, 6, seed=1))
                call = lambda a, b: akin.torch.loss(name, a, b, **rest)  # noqa: E731
            self.assertTrue(torch.autograd.gradcheck(call, inputs), name)

    def test_gradcheck_of_further_keys(self):
        call = lambda a, b, k: akin.torch.loss("infonce", a, b, keys=k, keys_only=True, temperature=0.2)  # noqa: E731
        self.assertTrue(torch.autograd.gradcheck(call, (rows(6, 4), rows(6, 4, seed=1), rows(9, 4, seed=2))))

    def test_constant_weights_are_stopped(self):
        """dclw as its formula says, with stop() as detach(): the same gradient."""
        a, b = rows(8, 5), rows(8, 5, seed=1)
        akin.torch.loss("dclw", a, b, temperature=0.3, sigma=0.7).backward()
        got = [a.grad.clone(), b.grad.clone()]
        a.grad = b.grad = None
        z = torch.nn.functional.normalize(torch.cat([a, b]), dim=1)
        s = z @ z.T
        n = len(a)
        partner = s[torch.arange(2 * n), (torch.arange(2 * n) + n) % (2 * n)]
        w = (2 - n * torch.softmax(partner[:n] / 0.7, 0)).detach().repeat(2)
        mask = torch.eye(2 * n, dtype=torch.bool) | torch.eye(2 * n, dtype=torch.bool).roll(n, 0)
        value = (-w * partner / 0.3 + torch.logsumexp((s / 0.3).masked_fill(mask, -torch.inf), 1)).mean()
        value.backward()
        for x, y in zip(got, (a.grad, b.grad)):
            self.assertLess((x - y).abs().max(), 1e-12)

    def test_types_and_graphs(self):
        for dtype in (torch.float16, torch.bfloat16, torch.float32, torch.float64):
            a = rows(8, 4, dtype=torch.float32).detach().to(dtype).requires_grad_()
            value = 3 * akin.torch.Loss("ntxent", temperature=0.5)(a, a.detach() + 1)
            value.backward()
            self.assertEqual(a.grad.dtype, dtype)
            self.assertTrue(torch.isfinite(a.grad).all())
        a = rows(8, 4)
        with torch.no_grad():
            self.assertFalse(akin.torch.loss("ntxent", a, a).requires_grad)
        a = rows(4, 8).detach().T.requires_grad_()  # columns lie together
        akin.torch.loss("ntxent", a, a.detach() + 0.1).backward()
        self.assertEqual(a.grad.shape, (8, 4))

    def test_without_a_copy(self):
        a = rows(8, 4, dtype=torch.float32)
        want = akin.loss("ntxent", a.detach().numpy(), a.detach().numpy()).value
        self.assertEqual(akin.loss("ntxent", a, a, copy=False).value, want)


def two_views(labels, seed):
    generator = torch.Generator().manual_seed(seed)
    centres = torch.randn(10, 20, generator=torch.Generator().manual_seed(99))
    return [centres[labels] + 0.8 * torch.randn(len(labels), 20, generator=generator) for _ in range(2)]


def train(loss_of, steps=60, n=64):
    """The losses of a small network, trained with the function from always the same start."""
    torch.manual_seed(0)
    torch.set_num_threads(2)
    net = torch.nn.Sequential(torch.nn.Linear(20, 64), torch.nn.ReLU(), torch.nn.Linear(64, 16))
    optimizer = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9)
    values = []
    for step in range(steps):
        labels = torch.arange(n) % 10
        a, b = two_views(labels, step)
        optimizer.zero_grad()
        value = loss_of(net(a), net(b), labels)
        value.backward()
        optimizer.step()
        values.append(value.item())
    return np.array(values)


class Peer(unittest.TestCase):
    def test_the_curve_is_that_of_pytorch_metric_learning(self):
        pairs = {
            "ntxent": (
                lambda a, b, y: akin.torch.loss("ntxent", a, b, temperature=0.2),
                lambda a, b, y: peer.NTXentLoss(0.2)(torch.cat([a, b]), torch.arange(len(a)).repeat(2)),
            ),
            "infonce": (
                lambda a, b, y: akin.torch.loss("infonce", a, b, temperature=0.2),
                lambda a, b, y: peer.NTXentLoss(0.2)(a, torch.arange(len(a)), ref_emb=b, ref_labels=torch.arange(len(a))),
            ),
            "supcon": (
                lambda a, b, y: akin.torch.loss("supcon", a, b, labels=y, temperature=0.2),
                lambda a, b, y: peer.SupConLoss(0.2)(torch.cat([a, b]), y.repeat(2)),
            ),
        }
        for name, (ours, theirs) in pairs.items():
            mine, other = train(ours), train(theirs)
            self.assertLess(mine[-1], mine[0])
            self.assertLess(np.abs(mine - other).max(), 1e-5 * np.abs(other).max(), name)


class Memory(unittest.TestCase):
    @unittest.skipUnless(os.environ.get("AKIN_TEST_FULL"), "minutes; AKIN_TEST_FULL=1")
    def test_64k_rows_in_less_than_a_gibibyte(self):
        """In a process of its own, with PyTorch in it. The engine's work is cut by a loss that needs one walk."""
        code = """
import resource, torch, akin, akin.torch
akin.set_threads(2)
a = torch.randn(65536, 128, requires_grad=True)
b = (a.detach() + 0.1 * torch.randn(65536, 128)).requires_grad_()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
value = akin.torch.loss("sigmoid", a, b)
value.backward()
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
assert a.grad is not None and torch.isfinite(b.grad).all()
print(before >> 10, after >> 10)
"""
        out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
        self.assertLess(int(out[1]), 1024, "MiB in all")


if __name__ == "__main__":
    unittest.main()
