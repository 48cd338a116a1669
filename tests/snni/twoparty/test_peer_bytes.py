"""Whatever bytes a peer sends: a typed error or a result of the right shape, from every parser that takes them.

Seeded, so that a failure names its case. Under the sanitizers the same cases look for reads and writes out of place:
messages are handed over in memory of exactly their length.
"""

import json
import random
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
import pytest

from snni.errors import BundleError, HandshakeError, PeerError, WireError
from snni.model.plan import Plan
from snni.session.tls import Endpoint
from snni.twoparty import _ot
from snni.twoparty.linear import LARGE, SMALL, ClientKeys, ClientLinear, ConvGeometry, Layout, ServerLinear
from snni.twoparty.linear.layout import HEADER_BYTES
from snni.twoparty.session import handshake as hs
from snni.twoparty.session.client import Target, check_plan
from snni.twoparty.session.parameters import agreement
from snni.twoparty.suite import TWO_PARTY
from snni.wire.framing import HEADER, REFUSAL, VERSION, check_header, refused
from snni.wire.packing import Reader, pack, packed_bytes
from tests.support.networks import grey, residual
from tests.support.spoil import spoil, spoil_body, spoil_json

EXTRA = pytest.param(1_000, marks=pytest.mark.heavy)
MANY = pytest.param(10_000, marks=pytest.mark.heavy)
KEYS = ClientKeys.generate()
SEED = bytes(16)


def exactly(message):
    """Memory with nothing behind it that belongs to the message."""
    return np.frombuffer(message, np.uint8).copy()


def cases(name, count):
    for case in range(count):
        yield case, random.Random(f"{name} {case}")


# --- linear ----------------------------------------------------------------------------------------------------------

LAYOUTS = {
    "shared": Layout(ConvGeometry(5, 6, 7, 3, (3, 3), (1, 1), (1, 1)), SMALL, 3),
    "strips": Layout(ConvGeometry(1, 70, 40, 2, (3, 3), (2, 2)), SMALL, 1),
    "large": Layout(ConvGeometry(4, 9, 9, 4, (1, 1), groups=2, ring_bits=24), LARGE, 1),
    "odd": Layout(ConvGeometry(1, 1, 3, 1, (1, 1), ring_bits=3), SMALL, 1),
}


@lru_cache
def linear_messages():
    """name -> (genuine message, what takes it, whether its body has a range to check)."""
    out = {}
    for name, layout in LAYOUTS.items():
        geometry = layout.geometry
        weights = np.ones(geometry.weight_shape, np.int8)
        client, server = ClientLinear(layout, KEYS), ServerLinear(layout, KEYS.public_key(), weights)
        shape = (layout.batch, geometry.in_channels, geometry.height, geometry.width)
        upload = client.encrypt(np.zeros(shape, np.uint32))
        out[f"{name} upload"] = (upload, lambda m, server=server: server.evaluate(m, SEED))
        out[f"{name} reply"] = (server.evaluate(upload, SEED), client.decrypt)
    layout = LAYOUTS["odd"]
    weights = np.ones(layout.geometry.weight_shape, np.int8)
    out["key"] = (KEYS.public_key(), lambda m: ServerLinear(layout, m, weights))
    return out


LINEAR = [f"{name} {kind}" for name in LAYOUTS for kind in ("upload", "reply")] + ["key"]


@pytest.mark.parametrize("count", [60, EXTRA])
@pytest.mark.parametrize("name", LINEAR)
def test_linear_messages(name, count):
    genuine, receive = linear_messages()[name]
    others = [message for message, _ in linear_messages().values()]
    results = {WireError: 0, None: 0}
    for _, rng in cases(name, count):
        message = spoil_body(rng, genuine, HEADER_BYTES) if rng.random() < 0.5 else spoil(rng, genuine, others)
        try:
            receive(memoryview(exactly(message)))
            results[None] += 1
            assert len(message) == len(genuine)
        except WireError:
            results[WireError] += 1
    assert results[WireError] > count // 4


# --- oblivious transfer ----------------------------------------------------------------------------------------------

REQUESTS = {
    "leaf": (lambda n: (1 + n % 5,), lambda n: [np.empty(n, np.uint32)], lambda n: [np.empty(n, np.uint8)] * 2),
    "wide": (
        lambda n: (7,),
        lambda n: [np.empty((n, 4), np.uint32)],
        lambda n: [np.empty(n, np.uint8)] * 2,
    ),
    "bits2": (lambda n: (), lambda n: [np.empty(n, np.uint8)] * 2, lambda n: [np.empty(n, np.uint8)] * 2),
    "pads": (
        lambda n: (1 + n % 32,),
        lambda n: [np.empty(n, np.uint32)] * 2,
        lambda n: [np.empty(n, np.uint8), np.empty(n, np.uint32)],
    ),
    "crossed": (
        lambda n: (),
        lambda n: [np.empty((n, 10), np.uint32)],
        lambda n: [np.empty(n, np.uint8), np.empty((n, 4), np.uint32)],
    ),
    "cot": (
        lambda n: (),
        lambda n: [np.empty((n, 16), np.uint8)],
        lambda n: [np.empty(n, np.uint8), np.empty((n, 16), np.uint8)],
    ),
}


def softspoken(k=3):
    return _ot.Sender(k, 0, exactly(bytes(16))), _ot.Receiver(k, 0, exactly(bytes(range(16))))


def ferret():
    return _ot.FerretSender(16, 4, 0, exactly(bytes(16))), _ot.FerretReceiver(16, 4, 0, exactly(bytes(range(16))))


@lru_cache
def set_up(make):
    """(offer, reply, trees) of a genuine set-up."""
    sender, receiver = make()
    offer = receiver.offer()
    reply = sender.reply(offer)
    return tuple(message.tobytes() for message in (offer, reply, receiver.trees(reply)))


@pytest.mark.parametrize("count", [40, EXTRA])
@pytest.mark.parametrize("make", [softspoken, ferret], ids=lambda f: f.__name__)
@pytest.mark.parametrize("at", [0, 1, 2], ids=["offer", "reply", "trees"])
def test_set_up_of_transfers(make, at, count):
    """Sound points of another party are another key, and no error; anything else is one."""
    genuine = set_up(make)
    for _, rng in cases(f"{make.__name__} {at}", count):
        message = spoil_body(rng, genuine[at], 4) if rng.random() < 0.4 else spoil(rng, genuine[at], genuine)
        sender, receiver = make()
        try:
            if at == 0:
                sender.reply(exactly(message))
            elif at == 1:
                receiver.offer()
                receiver.trees(exactly(message))
            else:
                sender.reply(exactly(genuine[0]))
                sender.accept_trees(exactly(message))
        except WireError:
            continue
        assert len(message) == len(genuine[at]) and message[:4] == genuine[at][:4]


@dataclass
class Extension:
    """Two ends and what they do for one request: the message is written by one and read by the other."""

    make: object
    ends: tuple = field(default=())

    def renew(self):
        sender, receiver = self.make()
        sender.accept_trees(receiver.trees(sender.reply(receiver.offer())))
        self.ends = (sender, receiver)
        return self

    def request(self, kind, n, change):
        """(the genuine, the changed message). Raises whatever the reading end raises."""
        bits, sent, received = REQUESTS[kind]
        sender, receiver = self.ends
        if self.make is softspoken:
            message = getattr(receiver, kind)(*bits(n), *received(n)).tobytes()
            changed = change(message)
            getattr(sender, kind)(exactly(changed), *bits(n), *sent(n))
        else:
            message = getattr(sender, kind)(*bits(n), *sent(n)).tobytes()
            changed = change(message)
            getattr(receiver, kind)(exactly(changed), *bits(n), *received(n))
        return message, changed


@pytest.mark.parametrize("count", [60, pytest.param(2_000, marks=pytest.mark.heavy)])
@pytest.mark.parametrize("make", [softspoken, ferret], ids=lambda f: f.__name__)
def test_requests_of_transfers(make, count):
    """A body of the right length is other values; anything else is an error that leaves the ends of no more use."""
    extension = Extension(make).renew()
    for _, rng in cases(make.__name__, count):
        kind, n = rng.choice(list(REQUESTS)), rng.choice([1, 2, 5, 127, 128, 129, 700])

        keep = rng.random() < 0.7

        def change(message, rng=rng, keep=keep):
            return spoil_body(rng, message, 16) if keep and len(message) > 16 else spoil(rng, message, set_up(make))

        try:
            message, changed = extension.request(kind, n, change)
        except WireError:
            extension.renew()
            continue
        assert len(changed) == len(message) and changed[:16] == message[:16]


# --- payloads of the online flights ----------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [400, MANY])
def test_payloads_of_online_flights(count):
    """A reader gives as many values below 2^bits as it is asked for, or refuses; it never reads on."""
    for _, rng in cases("payloads", count):
        parts = [(rng.randrange(70), rng.randrange(1, 33)) for _ in range(rng.randrange(1, 4))]
        genuine = b"".join(pack(np.zeros(n, np.uint32), bits) for n, bits in parts)
        message = spoil(rng, genuine)
        reader = Reader(memoryview(exactly(message)))
        try:
            for n, bits in parts:
                values = reader.bytes(n, bits) if bits <= 8 else reader.words(n, bits)
                assert values.size == n and (not n or int(values.max()) < 1 << bits)
            reader.end()
        except WireError:
            continue
        assert len(message) == sum(packed_bytes(n, bits) for n, bits in parts)


# --- handshake -------------------------------------------------------------------------------------------------------

HASH = "0" * 64
LIMITS: dict = {"max_batch": 2, "max_prepared": 3, "max_age_s": 60.0, "max_transfers": 1 << 30}
MESSAGES = {
    hs.Hello: hs.Hello(version=1, stream="live", ticket="ab" * 32, scores=True),
    hs.Accept: hs.Accept(agreed=HASH),
    hs.Request: hs.Request(kind="linear", number=3, count=2),
    hs.Claim: hs.Claim(number=7),
    hs.Welcome: hs.Welcome(plan="{}", epoch="0" * 32, ticket="cd" * 32, agreed=HASH, ot=("ferret",), **LIMITS),
}


@pytest.mark.parametrize("count", [300, MANY])
@pytest.mark.parametrize("kind", MESSAGES, ids=lambda k: k.__name__)
def test_control_messages(kind, count):
    genuine = MESSAGES[kind].model_dump_json().encode()
    refusals = 0
    for _, rng in cases(kind.__name__, count):
        try:
            parsed = hs.parse(spoil_json(rng, genuine), kind)
        except WireError as error:
            refusals += 1
            assert len(str(error)) < 60
            continue
        assert hs.parse(parsed.model_dump_json().encode(), kind) == parsed
    assert refusals > count // 4


def plans():
    return [Plan.model_validate(bundle.plan).to_json() for bundle in (residual(), grey())]


@pytest.mark.parametrize("count", [250, pytest.param(5_000, marks=pytest.mark.heavy)])
def test_served_plans(count):
    """A plan is refused with a typed error, or is one by every rule: nothing is drawn or allocated for another."""
    genuine, refusals = plans(), 0
    target = Target(Endpoint("127.0.0.1", 1, ""), None)
    for _, rng in cases("plans", count):
        text = spoil_json(rng, rng.choice(genuine)).decode("utf-8", "replace")
        welcome = MESSAGES[hs.Welcome].model_copy(update={"plan": text})
        try:
            Plan.from_json(text.encode())
        except BundleError as error:
            refusals += 1
            assert "\n" not in str(error)
        with pytest.raises(HandshakeError):
            check_plan(welcome, target)
    assert count // 2 < refusals
    plan = Plan.from_json(genuine[0])
    sound = {"plan": genuine[0].decode(), "agreed": agreement(plan, TWO_PARTY, scores=False)}
    assert check_plan(welcome.model_copy(update=sound), target) == plan


def test_a_plan_that_no_parameters_bear_is_refused_before_anything_is_encrypted():
    """60,000 products in 26 bits: a plan by every rule, and noise that would reach its results."""
    features, classes = 60_000, 2
    spec = {"shape": (features, 1, 1), "ring_bits": 26}
    conv = {"op": "conv", "name": "fc", "x": "x", "y": "fc", "out_channels": classes, "groups": 1, "ring_bits": 26}
    conv |= {"kernel": (1, 1), "stride": (1, 1), "padding": (0, 0)}
    argmax = {"op": "argmax", "name": "level", "x": "fc", "y": "level", "window": 20}
    values = {
        "x": spec,
        "fc": {"shape": (classes, 1, 1), "ring_bits": 26},
        "level": {"shape": (1, 1, 1), "ring_bits": 2},
    }
    named = {"name": "wide", "input": "x", "output": "level", "input_shape": spec["shape"], "input_bits": 26}
    plan = Plan.model_validate(named | {"values": values, "steps": [conv, argmax], "levels": classes})
    welcome = hs.Welcome(
        plan=plan.to_json().decode(),
        epoch="0" * 32,
        ticket="cd" * 32,
        agreed=agreement(plan, TWO_PARTY, scores=False),
        ot=("ferret",),
        **LIMITS,
    )
    with pytest.raises(HandshakeError, match="two parties cannot run the server's plan: 60000 terms in 26 bits"):
        check_plan(welcome, Target(Endpoint("127.0.0.1", 1, ""), None))


@pytest.mark.parametrize("depth", [100, 10_000, 1_000_000])
def test_nesting_ends_in_a_typed_error(depth):
    for text in (b"[" * depth, b'{"a":' * depth, json.dumps("[" * depth).encode()):
        with pytest.raises(WireError):
            hs.parse(text, hs.Request)
        with pytest.raises(BundleError):
            Plan.from_json(text)


# --- frames ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [2_000, MANY])
def test_frame_headers(count):
    """A header passes only as the expected frame within its limit, or as a short refusal."""
    for _, rng in cases("headers", count):
        tag, sequence, limit = rng.randrange(2, 80), rng.randrange(1 << 40), rng.choice([0, 10, 4096, 1 << 30])
        genuine = HEADER.pack(VERSION, 0, tag, rng.randrange(limit + 1), sequence)
        header = spoil(rng, genuine)[: HEADER.size].ljust(HEADER.size, b"\0")
        try:
            length, refusal = check_header(header, tag, sequence, limit)
        except WireError:
            continue
        version, reserved, got, _, number = HEADER.unpack(header)
        assert (version, reserved, number) == (VERSION, 0, sequence)
        assert (length <= limit and got == tag) or (refusal and got == REFUSAL and length <= 512)


@pytest.mark.parametrize("count", [300, MANY])
def test_texts_of_refusals(count):
    """The peer's own words reach a log only as short, printable ASCII."""
    for _, rng in cases("refusals", count):
        error = refused(memoryview(spoil(rng, b"PeerError: no room")[:512]))
        assert isinstance(error, PeerError) and str(error).isprintable()
        assert len(str(error)) < 600 and not set(str(error)) - {*map(chr, range(32, 127)), "?", "\ufffd"}
