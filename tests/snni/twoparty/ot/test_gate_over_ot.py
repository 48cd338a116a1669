"""The comparison gate with real transfers in both directions over one stream, against its ideal function."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from snni.twoparty.nonlinear.gate_shape import GateShape
from snni.twoparty.nonlinear.gates import gate_client, gate_server
from snni.twoparty.ot import Direction, OtParams, OtReceiver, OtSender
from snni.wire.memory_channel import channel_pair
from snni.wire.turns import alone
from tests.support.waiting import PATIENCE_S


@pytest.mark.parametrize(
    "params",
    [*(OtParams(k, chunk=1 << 12) for k in (2, 4, 8)), OtParams(chunk=1 << 12, extension="ferret", lpn=16)],
    ids=str,
)
@pytest.mark.parametrize(("window", "bits"), [(5, 5), (8, 8), (13, 20), (19, 19)])
def test_gate(params: OtParams, window: int, bits: int) -> None:
    rng = np.random.default_rng(window)
    n, top = 3000, 1 << window
    x = np.concatenate([rng.integers(0, top, n - 4), [0, top // 2 - 1, top // 2, top - 1]]).astype(np.uint32)
    c = rng.integers(0, top, n).astype(np.uint32)
    s = (x - c) % np.uint32(top)
    mask = rng.integers(0, 1 << bits, n).astype(np.uint32)
    shape = GateShape(n, window, bits, extend=bits > window)
    here, there = channel_pair(PATIENCE_S)

    def client() -> None:
        receiver, sender = OtReceiver(here, Direction.S_SENDS, params), OtSender(here, Direction.C_SENDS, params)
        receiver.setup()
        sender.setup()
        gate = gate_client(shape)
        gate.prepare_receive(receiver, c, mask, None)
        gate.prepare_send(sender)
        gate.send_prepared(here)
        alone(here, gate.turns())

    def server() -> np.ndarray:
        sender, receiver = OtSender(there, Direction.S_SENDS, params), OtReceiver(there, Direction.C_SENDS, params)
        sender.setup()
        receiver.setup()
        gate = gate_server(shape)
        gate.prepare_send(sender)
        gate.prepare_receive(receiver)
        gate.receive_prepared(there)
        return alone(there, gate.turns(s))

    with ThreadPoolExecutor(2) as threads:
        one, other = threads.submit(client), threads.submit(server)
        one.result()
        y = other.result()
    expected = np.where(x >= top // 2, 0, x)
    assert np.array_equal((y + mask) & np.uint32((1 << bits) - 1), expected & ((1 << bits) - 1))
