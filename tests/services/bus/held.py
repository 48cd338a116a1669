"""What of a kind is alive in this process: what holds a picture is to go with its use, not with the next one."""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def held(kind: type[T], ours: Callable[[T], bool] = lambda _: True) -> list[T]:
    """The objects of this kind that something still refers to; ours: whether one is of the test that asks."""
    gc.collect()
    return [one for one in gc.get_objects() if type(one) is kind and ours(one)]
