"""Whatever text a peer sends in a handshake: a typed error, or a message and a plan by every rule. Seeded, so that a
failure names its case.
"""

import json

import pytest

from snni.errors import BundleError, HandshakeError, WireError
from snni.model.plan import Plan
from snni.session.tls import Endpoint
from snni.twoparty.session import handshake as hs
from snni.twoparty.session.client import Target, check_plan
from snni.twoparty.session.parameters import agreement
from snni.twoparty.suite import TWO_PARTY
from tests.support.networks import grey, residual
from tests.support.spoil import cases, spoil_json

MANY = pytest.param(10_000, marks=pytest.mark.heavy)

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
    for rng in cases(kind.__name__, count):
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
    for rng in cases("plans", count):
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
