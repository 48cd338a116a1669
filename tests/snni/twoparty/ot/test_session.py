"""Costs declared before and measured after, order of use, and what must not leave the process."""

from __future__ import annotations

import copy
import os
import pickle
from typing import Any

import numpy as np
import pytest

from snni.errors import CorrelationError, ParameterError
from snni.twoparty.ot import Direction, OtParams, OtReceiver, OtSender
from snni.twoparty.ot.params import transfers_of
from snni.twoparty.ot.traffic import TransferTraffic, requests_traffic
from snni.wire.memory_channel import channel_pair

REQUESTS = [
    ("leaf", (3000, 5), 5),
    ("leaf", (1, 1), 1),
    ("leaf", (513, 3), 3),
    ("wide", (700, 7), 7),
    ("wide", (9, 8), 8),
    ("bits2", (512,), None),
    ("pads", (1025,), None),
    ("crossed", (700,), None),
    ("cot", (129,), None),
    ("pads", (0,), None),
]


@pytest.mark.parametrize("k", range(2, 9))
def test_cost_is_what_is_measured(make_pair, k: int) -> None:
    pair = make_pair(k=k, chunk=512, setup=False)
    send, receive = pair.channels
    pair.setup()
    declared = pair.sender.setup_traffic()
    assert (receive.bytes_sent, send.bytes_sent) == (declared.from_receiver, declared.from_sender)
    assert send.flights == receive.flights == declared.flights
    for kind, arguments, bits in REQUESTS:
        before = receive.bytes_sent
        pair.ask(kind, *arguments)
        cost = pair.receiver.traffic(kind, arguments[0], bits)
        assert receive.bytes_sent - before == cost.from_receiver == send.bytes_received - before
        assert send.bytes_sent == declared.from_sender and cost.from_sender == 0
        assert cost.flights == (1 if arguments[0] else 0)
        assert send.flights == declared.flights  # the last set-up message and every request flow the same way


def test_cost_of_ferret_is_what_is_measured_into_the_next_iteration(make_pair) -> None:
    pair = make_pair(chunk=1 << 14, setup=False, extension="ferret")
    send, receive = pair.channels
    pair.setup()
    declared = pair.receiver.setup_traffic()
    assert (receive.bytes_sent, send.bytes_sent) == (declared.from_receiver, declared.from_sender)
    assert send.flights == receive.flights == declared.flights
    requests = [*REQUESTS, ("bits2", (770_000,), None), ("leaf", (3001, 3), 3), ("pads", (1,), None), *REQUESTS]
    together = requests_traffic(pair.params, [(a[0], transfers_of(kind, bits)) for kind, a, bits in requests])
    total = 0
    for kind, arguments, bits in requests:
        before = send.bytes_sent
        cost = pair.sender.traffic(kind, arguments[0], bits)
        assert cost == pair.receiver.traffic(kind, arguments[0], bits)
        first = pair.sender.claimed
        pair.ask(kind, *arguments)
        assert send.bytes_sent - before == cost.from_sender == receive.bytes_received - before
        assert pair.sender.claimed - first == pair.params.claimed(arguments[0], transfers_of(kind, bits))
        assert receive.bytes_sent == declared.from_receiver and cost.from_receiver == 0
        assert cost.flights == (1 if arguments[0] else 0)
        total += cost.from_sender
    assert send.flights == declared.flights + 1  # all requests flow the other way
    assert together == TransferTraffic(0, total, 1)
    assert pair.sender.claimed > 795_648  # an iteration of the smallest set


@pytest.mark.parametrize("end", [OtSender, OtReceiver])
@pytest.mark.parametrize("extension", ["softspoken", "ferret"])
def test_arguments_out_of_range(make_pair, end: type, extension: str) -> None:
    pair = make_pair(extension=extension)
    one = pair.sender if end is OtSender else pair.receiver
    for call in (
        lambda: one.leaf(5, 0),
        lambda: one.leaf(5, 6),
        lambda: one.wide(5, 5),
        lambda: one.wide(5, 9),
        lambda: one.leaf(-1, 4),
        lambda: one.bits2(-1),
        lambda: one.pads(5, 0),
        lambda: one.pads(5, 33),
        lambda: one.crossed(2**50),
        lambda: one.traffic("leaf", 5),
        lambda: one.traffic("magic", 5),
    ):
        with pytest.raises(ParameterError):
            call()
    pair.ask("bits2", 10)  # a refused argument costs nothing


@pytest.mark.parametrize(
    "wrong",
    [
        {"k": 1},
        {"k": 9},
        {"chunk": 100},
        {"chunk": 384},
        {"chunk": 1 << 25},
        {"extension": "iknp"},
        {"lpn": 15},
        {"lpn": 20},
    ],
)
def test_parameters_out_of_range(wrong: dict[str, Any]) -> None:
    with pytest.raises(ParameterError):
        OtParams(**wrong)


@pytest.mark.parametrize("end", [OtSender, OtReceiver])
def test_construction_does_no_io_and_order_is_checked(end: type) -> None:
    left, _ = channel_pair()
    one = end(left, Direction.C_SENDS)
    assert left.bytes_sent == left.flights == 0
    with pytest.raises(CorrelationError, match="not set up"):
        one.bits2(1)


def test_setup_runs_once(make_pair) -> None:
    pair = make_pair()
    for end in (pair.sender, pair.receiver):
        with pytest.raises(CorrelationError, match="ready"):
            end.setup()


@pytest.mark.parametrize("extension", ["softspoken", "ferret"])
def test_nothing_secret_is_shown_copied_or_pickled(make_pair, extension: str) -> None:
    pair = make_pair(extension=extension)
    secret = pair.sender._native.reveal_delta().tobytes()
    for end, native in ((pair.sender, pair.sender._native), (pair.receiver, pair.receiver._native)):
        for text in (repr(end), str(end), repr(native), str(native)):
            assert secret.hex() not in text and len(text) < 100
        for leak in (pickle.dumps, copy.copy, copy.deepcopy):
            with pytest.raises(TypeError):
                leak(end)
            with pytest.raises(TypeError):
                leak(native)


@pytest.mark.filterwarnings("ignore:This process.*multi-threaded:DeprecationWarning")
def test_a_forked_process_may_not_use_it(make_pair) -> None:
    pair = make_pair()
    child = os.fork()
    if child == 0:
        try:
            pair.receiver.bits2(1)
        except CorrelationError:
            os._exit(7)
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
    pair.ask("bits2", 1)


@pytest.mark.parametrize("extension", ["softspoken", "ferret"])
def test_results_have_the_declared_types(make_pair, extension: str) -> None:
    pair = make_pair(extension=extension)
    pads, (rho, pad) = pair.ask("leaf", 10, 4)
    assert (pads.dtype, pads.shape, rho.dtype, pad.dtype) == (np.uint32, (10,), np.uint8, np.uint8)
    pads, (rho, pad) = pair.ask("crossed", 10)
    assert (pads.dtype, pads.shape, rho.dtype, pad.dtype) == (
        np.uint32,
        (10, 10),
        np.uint8,
        np.uint32,
    ) and pad.shape == (10, 4)
