"""The pauses between attempts."""

from __future__ import annotations

import random

from services.ingest.sources.pulling.backoff import Backoff


def test_pauses_grow_to_the_limit_and_begin_again_once_it_worked() -> None:
    backoff = Backoff(1.0, 30.0, random.Random(1))
    pauses = [backoff.after_failure() for _ in range(8)]
    for pause, step in zip(pauses, (1, 2, 4, 8, 16, 30, 30, 30), strict=True):
        assert step / 2 <= pause <= step
    backoff.worked()
    assert backoff.after_failure() <= 1.0


def test_two_cameras_do_not_pause_alike() -> None:
    one, other = (Backoff(8.0, 8.0, random.Random(seed)) for seed in (1, 2))
    assert one.after_failure() != other.after_failure()
