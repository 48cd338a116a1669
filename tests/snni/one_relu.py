"""The run that snni/ONE_RELU.md tells of: one pixel, two weights, two ReLUs, every protocol of the engine for real.

Only the system's randomness is replaced, by a stream of each party's own, so that the page's numbers are those of every
run. What a party holds is read off the protocol's messages and transfers, as a curious party would.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from snni.ring.random import uniform
from snni.ring.truncation import truncate_mask, truncate_masked
from snni.twoparty.linear import ClientKeys, ClientLinear, ConvGeometry, Layout, ServerLinear, conv_ring, params_for
from snni.twoparty.nonlinear.relu import ReluClient, ReluServer, ReluShape
from snni.twoparty.nonlinear.tags import Tag
from snni.twoparty.ot import Direction, OtReceiver, OtSender
from snni.twoparty.suite import TRANSFERS
from snni.wire.packing import Reader
from snni.wire.turns import alone
from tests.support.draws import Draws
from tests.support.ideal_ots import both

PIXEL, WEIGHTS, RING_BITS, SHIFT, WINDOW = 100, (3, -2), 16, 2, 8
RUN = 44  # whose numbers show most: carries, both values of masks
LOW_BITS, HIGH_BITS = 4, 3  # of the two digits that are compared
UPLOAD, REPLY, INPUT = 1, 2, 3
GEOMETRY = ConvGeometry(1, 1, 1, len(WEIGHTS), (1, 1), (1, 1), (0, 0), 1, RING_BITS)
SHAPE = ReluShape((len(WEIGHTS), 1, 1), RING_BITS, SHIFT, WINDOW, WINDOW)


@dataclass
class Heard:
    """One party's transfers, in order, and the payloads that it received, by tag."""

    transfers: list[tuple[str, Any]] = field(default_factory=list)
    payloads: dict[int, bytes] = field(default_factory=dict)

    def to(self, end: Any) -> Any:
        """The end, its bulk requests noted."""
        for kind in ("leaf", "pads"):
            ask = getattr(end, kind)

            def noted(*arguments: int, kind: str = kind, ask: Any = ask) -> Any:
                self.transfers.append((kind, ask(*arguments)))
                return self.transfers[-1][1]

            setattr(end, kind, noted)
        return end

    def on(self, channel: Any) -> Any:
        receive = channel.recv

        def heard(tag: int, *limit: int) -> memoryview:
            payload: memoryview = receive(tag, *limit)
            self.payloads[int(tag)] = bytes(payload)
            return payload

        channel.recv = heard
        return channel

    def all(self, kind: str) -> list[Any]:
        return [got for asked, got in self.transfers if asked == kind]


def client(channel: Any, draws: Draws, heard: Heard, out: dict[str, Any]) -> None:
    draws.belong_to("client")
    heard.on(channel)
    keys = ClientKeys.generate()
    layer = ClientLinear(Layout(GEOMETRY, params_for(GEOMETRY, 1), 1), keys)
    r = uniform((1, 1, 1), RING_BITS)
    channel.send(UPLOAD, keys.public_key())
    channel.send(UPLOAD, layer.encrypt(r[None]))
    c = layer.decrypt(channel.recv(REPLY))[0]
    receiver, sender = (
        heard.to(end(channel, direction, TRANSFERS["ferret"]))
        for end, direction in ((OtReceiver, Direction.S_SENDS), (OtSender, Direction.C_SENDS))
    )
    receiver.setup()
    sender.setup()
    relu = ReluClient(SHAPE)
    mask = relu.prepare_receive(receiver, c, None)
    relu.prepare_send(sender)
    relu.send_prepared(channel)
    channel.send(INPUT, ((PIXEL - r.astype(np.int64)) % (1 << RING_BITS)).astype("<u2").tobytes())
    alone(channel, relu.turns())
    out |= {"r": r, "c": c, "y_c": mask}


def server(channel: Any, draws: Draws, heard: Heard, out: dict[str, Any]) -> None:
    draws.belong_to("server")
    heard.on(channel)
    weights = np.array(WEIGHTS, np.int8).reshape(GEOMETRY.weight_shape)
    layer = ServerLinear(Layout(GEOMETRY, params_for(GEOMETRY, 1), 1), channel.recv(UPLOAD), weights)
    seed = draws(16)
    channel.send(REPLY, layer.evaluate(channel.recv(UPLOAD), seed))
    sender, receiver = (
        heard.to(end(channel, direction, TRANSFERS["ferret"]))
        for end, direction in ((OtSender, Direction.S_SENDS), (OtReceiver, Direction.C_SENDS))
    )
    sender.setup()
    receiver.setup()
    relu = ReluServer(SHAPE)
    relu.prepare_send(sender)
    relu.prepare_receive(receiver)
    relu.receive_prepared(channel)
    u = np.frombuffer(channel.recv(INPUT), "<u2").astype(np.uint32).reshape(1, 1, 1)
    s = (conv_ring(GEOMETRY, weights, u) + layer.shares(seed, 0)) & np.uint32((1 << RING_BITS) - 1)
    out |= {"h": layer.shares(seed, 0), "u": u, "s": s, "y_s": alone(channel, relu.turns(s))}


def pairs(reader: Reader, bits: int, count: int = 2) -> np.ndarray:
    return reader.words(count, bits).astype(np.int64)


def story() -> tuple[dict[str, tuple[int, ...]], dict[str, int]]:
    """(every number of the page, one for each ReLU; the payload bytes of every message)."""
    draws, ours, theirs = Draws(f"one ReLU, {{party}}, {RUN}"), Heard(), Heard()
    held: dict[str, Any] = {}
    with draws.instead_of_the_systems():
        both(lambda channel: client(channel, draws, ours, held), lambda channel: server(channel, draws, theirs, held))
    low, top = (1 << LOW_BITS) - 1, (1 << HIGH_BITS) - 1
    numbers = {name: np.asarray(value, np.int64).reshape(-1) for name, value in held.items()}
    a = truncate_mask(held["c"], SHIFT, WINDOW).reshape(-1).astype(np.int64)
    b = truncate_masked(held["s"], RING_BITS, SHIFT, WINDOW).reshape(-1).astype(np.int64)
    not_b = 255 - b
    numbers |= {"a": a, "b": b, "a_msb": a >> 7, "b_msb": b >> 7, "not_b": not_b}
    numbers |= {
        "a_low": a & low,
        "a_high": a >> LOW_BITS & top,
        "nb_low": not_b & low,
        "nb_high": not_b >> LOW_BITS & top,
    }

    choices = Reader(memoryview(theirs.payloads[Tag.CHOICES]))
    numbers |= {"e_low": pairs(choices, LOW_BITS), "e_high": pairs(choices, HIGH_BITS)}
    (rho_low, pad_low), (rho_high, pad_high) = ours.all("leaf")
    numbers |= {"rho_low": rho_low, "rho_high": rho_high}

    first = Reader(memoryview(ours.payloads[Tag.LEAF]))
    word_low, z = pairs(first, 16), pairs(first, WINDOW)
    opened = pairs(Reader(memoryview(theirs.payloads[Tag.CARRY])), 1)
    last = Reader(memoryview(ours.payloads[Tag.LAST]))
    word_high, m_s = pairs(last, 16), pairs(last, 1)
    steer = Reader(memoryview(theirs.payloads[Tag.STEER]))
    m_c, steered = pairs(steer, 1), pairs(steer, WINDOW)
    numbers |= {
        "word_low": word_low,
        "word_high": word_high,
        "opened": opened,
        "z": z,
        "m_c": m_c,
        "m_s": m_s,
        "delta": m_c ^ m_s,
        "steered": steered,
    }

    numbers["k1_c"] = (word_low >> rho_low & 1) ^ pad_low
    numbers["k1"] = (numbers["a_low"] > numbers["nb_low"]).astype(np.int64)
    numbers["k2_c"] = (word_high >> rho_high & 1) ^ pad_high
    numbers["k2"] = ((a & 127) > (not_b & 127)).astype(np.int64)
    for k in ("k1", "k2"):
        numbers[f"{k}_s"] = numbers[k] ^ numbers[f"{k}_c"]
    numbers["d_c"] = numbers["k2_c"] ^ numbers["a_msb"]
    numbers["d_s"] = numbers["k2_s"] ^ numbers["b_msb"] ^ 1
    numbers["d"] = numbers["d_c"] ^ numbers["d_s"]

    ring, fix = (1 << WINDOW) - 1, pairs(Reader(memoryview(theirs.payloads[Tag.PRODUCTS])), WINDOW)
    (p0, p1), (l_c, pad_c) = theirs.all("pads")[0], (one.astype(np.int64) for one in ours.all("pads")[0])
    (q0, q1), (l_s, pad_s) = ours.all("pads")[1], (one.astype(np.int64) for one in theirs.all("pads")[1])
    numbers |= {"l_c": l_c, "l_s": l_s, "l": l_c ^ l_s, "fix": fix}
    numbers |= {"p_0": p0 & ring, "p_1": p1 & ring, "q_0": q0 & ring, "q_1": q1 & ring}
    numbers |= {"la_c": l_c * a - q0 & ring, "la_s": pad_s + l_s * fix & ring}
    numbers |= {"lb_c": pad_c + l_c * z & ring, "lb_s": l_s * b - p0 & ring}
    numbers["part_c"] = steered + numbers["y_c"] & ring
    numbers["part_s"] = numbers["y_s"] - steered & ring
    numbers["x"] = np.array(WEIGHTS) * PIXEL
    numbers["y"] = (numbers["y_c"] + numbers["y_s"]) % (1 << WINDOW)
    layout = Layout(GEOMETRY, params_for(GEOMETRY, 1), 1)
    sizes = {"upload": layout.upload_bytes, "reply": layout.reply_bytes, "input": len(theirs.payloads[INPUT])}
    sizes |= {"choices": len(theirs.payloads[Tag.CHOICES]), "products": len(theirs.payloads[Tag.PRODUCTS])}
    sizes |= {"leaf": len(ours.payloads[Tag.LEAF])}
    sizes |= {"carry": len(theirs.payloads[Tag.CARRY]), "last": len(ours.payloads[Tag.LAST])}
    sizes |= {"steer": len(theirs.payloads[Tag.STEER])}
    return {name: tuple(int(v) for v in value) for name, value in numbers.items()}, sizes


if __name__ == "__main__":
    for name, value in {**story()[0], **story()[1]}.items():
        print(name, *value if isinstance(value, tuple) else (value, "bytes"))
