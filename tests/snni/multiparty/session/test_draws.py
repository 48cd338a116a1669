"""What each server of a session draws from the system, by where; every draw is another one."""

from __future__ import annotations

import os
import sys
import threading
from collections import Counter

import numpy as np
import pytest

from snni.multiparty.roles import Setting
from tests.snni.multiparty.session.site import Site
from tests.support.networks import little

RUNS = 2
THREE = {
    "session.connecting.open_streams": (1, 32),  # the session's name
    "model.fresh_seeds": (2 * RUNS, 16),  # of a picture's masks, one for either evaluator
    "session.dealing.DealerSession.serve": (3, 16),  # a key with either evaluator, and the dealer's own
}
"""(draws, bytes of each) by the function that asks."""
BESIDES = {
    Setting.THREE_PASSIVE: {},
    Setting.THREE_ACTIVE: {"session.evaluating.EvaluatorSession._agreed": (1, 16)},  # a key of the evaluators' own
    Setting.FOUR_ACTIVE: {"session.evaluating.EvaluatorSession._hiding": (1, 16)},
}


class Recorded:
    """The system's randomness, with who asked for it and what it got."""

    def __init__(self) -> None:
        self._real, self._lock = os.urandom, threading.Lock()
        self.made: list[tuple[str, bytes]] = []

    def __call__(self, count: int) -> bytes:
        drawn = self._real(count)
        frame = sys._getframe(1)
        while frame.f_code.co_name in ("<listcomp>", "fresh") and frame.f_back is not None:
            frame = frame.f_back
        module = frame.f_globals["__name__"]
        if module.startswith("snni.multiparty."):
            with self._lock:
                name = f"{module.removeprefix('snni.multiparty.')}.{frame.f_code.co_qualname}"
                self.made.append((name, drawn))
        return drawn


@pytest.mark.parametrize("setting", Setting, ids=lambda setting: setting.value)
def test_what_each_server_draws_from_the_system(tmp_path, monkeypatch, setting):
    site = Site(tmp_path, little(), setting=setting)
    recorded, picture = Recorded(), np.zeros((1, *site.bundle.plan.input_shape), np.uint8)
    monkeypatch.setattr(os, "urandom", recorded)
    session = site.connect()
    for _ in range(RUNS):
        session.prepare()
        session.run(picture)
    session.close()
    site.close()
    monkeypatch.undo()
    assert Counter((name, len(drawn)) for name, drawn in recorded.made) == {
        (name, size): count for name, (count, size) in (THREE | BESIDES[setting]).items()
    }
    assert len({drawn for _, drawn in recorded.made}) == len(recorded.made)
