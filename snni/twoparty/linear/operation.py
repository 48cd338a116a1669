"""The registration of convolutions: W x + b, W and b the server's. portions.py and inference/ run them."""

from __future__ import annotations

from dataclasses import dataclass

from snni.model.steps import Conv


@dataclass(frozen=True)
class LinearOperation:
    """A kind of step whose linear phase is batched over frames ahead of time."""

    step: type[Conv]


CONV = LinearOperation(Conv)
