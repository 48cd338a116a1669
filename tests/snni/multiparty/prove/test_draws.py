"""Whatever two servers draw by a common key serves one purpose in one run; nothing that is opened is ever the same."""

from __future__ import annotations

import threading
from collections import Counter

import numpy as np
import pytest

from snni.errors import ParameterError
from snni.multiparty import keys
from snni.multiparty.keys import DealerKeys, PairKey
from snni.multiparty.opening import ChannelOpening
from snni.multiparty.prove.batch import ProvedBatch
from snni.multiparty.prove.ends import Ends
from tests.snni.multiparty.prove.little import little

RUNS = 2


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return little(tmp_path_factory.mktemp("little"))


def test_no_server_draws_a_stream_twice(made, monkeypatch):
    """Masks, shares, challenges, weights: of two runs under the same keys. What hides an opening from the dealer is
    drawn ahead and again when it is opened, both times by the one stream that both evaluators have."""
    three, picture, level = made
    dealers, hiding = DealerKeys.fresh(), PairKey.fresh()
    drawn, real, lock = Counter(), keys.uniform_from, threading.Lock()

    def recorded(seed, stream, shape, bits):
        with lock:
            drawn[threading.get_ident(), number, bytes(seed), stream] += 1
        return real(seed, stream, shape, bits)

    monkeypatch.setattr(keys, "uniform_from", recorded)
    for number in range(RUNS):
        assert three.run(picture, number=number, keys=(dealers, hiding)).results == (level,)
    runs = {}
    for (_, number, seed, _), times in drawn.items():
        runs.setdefault(seed, set()).add(number)
        again = any(seed == hiding.hiding(run)._seed for run in range(RUNS))
        assert times == 1 + again, (number, times)
    assert all(len(numbers) == 1 for numbers in runs.values())
    assert len(runs) >= 30


def test_nothing_opened_is_the_same_twice(made, monkeypatch):
    """Of one picture, twice. Two openings of 50 random bits and more are the same with a chance below 2^-40 in all."""
    three, picture, level = made
    runs = []
    for kind in ("bits", "ring"):
        real = getattr(ChannelOpening, kind)

        def opened(self, shares, *rest, real=real, kind=kind):
            values = real(self, shares, *rest)
            if self._outward.name == "open first":
                runs[-1].append((values.size * (1 if kind == "bits" else rest[0]), np.array(values).tobytes()))
            return values

        monkeypatch.setattr(ChannelOpening, kind, opened)
    for _ in range(RUNS):
        runs.append([])
        assert three.run(picture).results == (level,)
    large = [[values for bits, values in run if bits >= 50] for run in runs]
    assert len(large[0]) == len(large[1]) >= 4 and len(large[0]) < 1 << 9
    assert all(one != other for one, other in zip(*large, strict=True))


def test_a_batch_is_prepared_once(made, monkeypatch):
    three, picture, level = made
    real = ProvedBatch.prepare_proved

    def twice(self, ends):
        half = real(self, ends)
        with pytest.raises(ParameterError):
            real(self, Ends(ends.role, {}, {}))
        return half

    monkeypatch.setattr(ProvedBatch, "prepare_proved", twice)
    assert three.run(picture).results == (level,)
