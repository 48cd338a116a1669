"""What lives on is left out of later collections; what became garbage among it is found when it is settled again."""

from __future__ import annotations

import gc
import warnings
import weakref
from collections.abc import Iterator

import pytest

from services.runtime.garbage import settle


@pytest.fixture(autouse=True)
def unfrozen() -> Iterator[None]:
    """What tests before left to the collector is not these tests' to answer for."""
    gc.unfreeze()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        gc.collect()
    yield
    gc.unfreeze()


class Cyclic:
    """Refers to itself, as whatever has a task does."""

    def __init__(self) -> None:
        self.itself = self


def test_what_lives_is_not_looked_through_again() -> None:
    alive = Cyclic()
    settle()
    assert gc.get_freeze_count() > 0
    assert all(one is not alive for one in gc.get_objects())


def test_what_is_of_no_use_any_more_is_found_when_it_is_settled_again() -> None:
    over = Cyclic()
    gone = weakref.ref(over)
    settle()
    del over
    gc.collect()
    assert gone() is not None, "left out of a usual collection"
    settle()
    assert gone() is None
