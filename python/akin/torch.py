# SPDX-License-Identifier: Apache-2.0
"""akin's losses in a training loop of PyTorch: exact gradients in memory of O(n d), never O(n n).

    >>> import torch, akin.torch
    >>> a = torch.eye(4, requires_grad=True)
    >>> value = akin.torch.loss("ntxent", a, torch.eye(4), temperature=0.5)
    >>> value.backward()
    >>> a.grad.shape
    torch.Size([4, 4])

Rows may be on any device and of any floating type; other than float32 and float64 on the processor they are copied there,
and the gradients back. The value and the gradients are computed in one call, in forward(); there is no second derivative.
"""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Tuple

import torch
from torch.autograd.function import once_differentiable

from ._loss import KEPT, evaluate, make_batch

_ROWS = ("a", "b", "keys", "positives", "negatives", "targets")


def _on_processor(x: Optional[torch.Tensor]) -> Any:
    if x is None:
        return None
    here = x.detach().to("cpu")
    return here if here.dtype in (torch.float32, torch.float64) else here.to(torch.float32)


class AkinLoss(torch.autograd.Function):
    """The function behind loss(); its gradient is computed with its value."""

    @staticmethod
    def forward(ctx: Any, name: str, settings: Dict[str, Any], *tensors: Optional[torch.Tensor]) -> torch.Tensor:
        here = dict(zip(_ROWS, (_on_processor(x) for x in tensors)))
        batch = make_batch(
            name,
            here["a"],
            here["b"],
            settings["labels"],
            settings["features"],
            here["positives"],
            here["negatives"],
            settings["block"],
            here["keys"],
            settings["keys_only"],
            here["targets"],
            settings["precision"],
            None,
            settings["parameters"],
        )
        needed = [row for row, need in zip(_ROWS, ctx.needs_input_grad[2:]) if need and row in batch.rows and batch.has_slope(row)]
        value, grads = evaluate(batch, tuple(needed), settings["memory"], None, None)
        found: List[Optional[torch.Tensor]] = []
        for row, x in zip(_ROWS, tensors):
            grad = grads.get(row)
            if grad is None or x is None:
                found.append(None)
            else:
                found.append(torch.from_numpy(grad).reshape(x.shape).to(device=x.device, dtype=x.dtype))
        ctx.have = [grad is not None for grad in found]
        ctx.save_for_backward(*[grad for grad in found if grad is not None])
        like = next(x for x in tensors if x is not None)
        kind = like.dtype if like.dtype in (torch.float32, torch.float64) else torch.float32
        return torch.tensor(value, dtype=kind, device=like.device)

    @staticmethod
    @once_differentiable  # type: ignore[untyped-decorator, unused-ignore]
    def backward(ctx: Any, outer: torch.Tensor) -> Tuple[Optional[torch.Tensor], ...]:
        saved = iter(ctx.saved_tensors)
        grads = [next(saved) * outer if have else None for have in ctx.have]
        return (None, None, *grads)


def loss(
    name: str,
    a: torch.Tensor,
    b: Optional[torch.Tensor] = None,
    *,
    labels: Any = None,
    features: Any = None,
    positives: Optional[torch.Tensor] = None,
    negatives: Optional[torch.Tensor] = None,
    block: int = 1,
    keys: Optional[torch.Tensor] = None,
    keys_only: bool = False,
    targets: Optional[torch.Tensor] = None,
    precision: str = "auto",
    memory: int = KEPT,
    **parameters: Any,
) -> torch.Tensor:
    """The mean loss of a batch as a tensor of no dimension, with gradients for a, b, keys, positives,
    negatives and targets (detach these for a stop-gradient; those of matrix-ssl are constants).

    Arguments are those of akin.loss(). float64 rows are computed in double, and pass torch.autograd.gradcheck.
    """
    settings = {
        "labels": labels.detach().to("cpu") if isinstance(labels, torch.Tensor) else labels,
        "features": _on_processor(features) if isinstance(features, torch.Tensor) else features,
        "block": block,
        "keys_only": keys_only,
        "precision": precision,
        "memory": memory,
        "parameters": parameters,
    }
    result: torch.Tensor = AkinLoss.apply(name, settings, a, b, keys, positives, negatives, targets)
    return result


class Loss(torch.nn.Module):
    """A loss with its parameters, as a module: ``Loss("ntxent", temperature=0.1)(a, b)``."""

    def __init__(self, name: str, **parameters: Any) -> None:
        super().__init__()
        self.name = name
        self.parameters_of_loss = parameters

    def forward(self, a: torch.Tensor, b: Optional[torch.Tensor] = None, **rest: Any) -> torch.Tensor:
        """Arguments are those of loss()."""
        return loss(self.name, a, b, **{**self.parameters_of_loss, **rest})

    def extra_repr(self) -> str:
        return ", ".join([repr(self.name)] + [f"{k}={v!r}" for k, v in self.parameters_of_loss.items()])
