"""Keys, noise and tickets are of their own dice: two of them have nothing in common, and none follows from another."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest

from snni.model.bundle import Bundle
from snni.session.budget import InferenceBudget
from snni.twoparty import _linear
from snni.twoparty.linear import PARAMETER_SETS, SMALL, ClientKeys, ClientLinear, Layout
from snni.twoparty.linear.client import ntt_of
from snni.twoparty.linear.layout import HEADER_BYTES, SEED_BYTES
from snni.twoparty.server_model import server_model
from snni.twoparty.session import handshake as hs
from snni.twoparty.session.parameters import ServerLimits
from snni.twoparty.session.server_session import ServerSession, Standing
from snni.twoparty.session.suspects import Suspects
from tests.snni.twoparty.linear.plain_conv import conv
from tests.support.chance import assert_rate, assert_uniform, assert_unrelated
from tests.support.draws import Draws
from tests.support.networks import grey

LAYOUT = Layout(conv(1, 44, 1, 1, bits=20), SMALL, 1)
MASKS = np.random.default_rng(1).integers(0, 1 << 20, (1, 1, 44, 44), np.uint32)
BINOMIAL = [math.comb(42, count) / 2**42 for count in range(43)]
"""Of the noise -21..21."""


def ternary(values: np.ndarray, modulus: int) -> np.ndarray:
    """0, 1, q - 1 as 0, 1, 2."""
    return np.where(values == modulus - 1, 2, values).astype(np.int64)


@pytest.mark.parametrize("params", PARAMETER_SETS, ids=lambda p: f"n{p.degree}")
def test_two_clients_secrets_are_unrelated(params) -> None:
    one, two = (ternary(ClientKeys.generate().secret(params).reveal(), params.modulus) for _ in range(2))
    for secret in (one, two):
        assert_uniform(secret, 3)
    assert_unrelated(one, two, 3)


def test_the_sets_of_one_client_have_secrets_of_their_own() -> None:
    keys = ClientKeys.generate()
    small, large = (ternary(keys.secret(params).reveal(), params.modulus) for params in PARAMETER_SETS)
    assert_unrelated(small, large[: len(small)], 3)


def test_two_commitments_to_the_same_weights_differ() -> None:
    """Each has a salt of its own, so that nobody who guesses the weights can tell."""
    plan = grey().plan.model_copy(update={"weights_commitment": None})
    one, two = (Bundle(plan, grey().weights).committed() for _ in range(2))
    assert one.plan.weights_commitment != two.plan.weights_commitment


def product(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """a b mod X^N + 1 and q."""
    ntt, q = ntt_of(SMALL), SMALL.modulus
    hats = [int(x) * int(y) % q for x, y in zip(ntt.forward(a), ntt.forward(b), strict=True)]
    return ntt.inverse(np.array(hats, np.uint64))


def noise_of(keys: ClientKeys, upload: bytes) -> np.ndarray:
    """What is left of the phase without the message, in the coefficients that were sent."""
    body, q = upload[HEADER_BYTES:], SMALL.modulus
    seed, width = body[:SEED_BYTES], LAYOUT.sent(0)
    packed = np.frombuffer(body[SEED_BYTES:], np.uint8).reshape(1, -1)
    c0 = _linear.unpack_rows(packed, width, SMALL.modulus_bits, q)[0].astype(object)
    c1 = _linear.expand(ntt_of(SMALL), seed, 0, 1)[0]
    message = LAYOUT.pack(0, LAYOUT.tall.lay(MASKS))[0].astype(object)
    encoded = [(2 * q * int(value) + (1 << 20)) // (2 << 20) for value in message[:width]]
    encoded += [0] * (width - len(encoded))
    phase = (c0 + product(c1, keys.secret(SMALL).reveal())[:width].astype(object) - np.array(encoded, object)) % q
    return np.where(phase > q // 2, phase - q, phase).astype(np.int64)


def test_two_uploads_of_one_mask_share_no_noise() -> None:
    """One noise in two uploads would give the key away: two equations in one unknown."""
    keys = ClientKeys.generate()
    layer = ClientLinear(LAYOUT, keys)
    one, two = (noise_of(keys, layer.encrypt(MASKS)) for _ in range(2))
    for noise in (one, two):
        assert_noise(noise)
    assert_rate(int((one == two).sum()), one.size, sum(p * p for p in BINOMIAL))


def assert_noise(noise: np.ndarray) -> None:
    assert np.abs(noise).max() <= 21
    for value in range(-6, 7):
        assert_rate(int((noise == value).sum()), noise.size, BINOMIAL[21 + value], value)


def test_an_encryption_of_zero_has_noise_in_both_halves() -> None:
    """What is left of it without its multiple of the public key. Without noise the client, who knows the key, would
    divide for the server's randomness, take it off, and have weights times what it uploaded."""
    ntt, q, seed = ntt_of(SMALL), SMALL.modulus, bytes(range(16))
    secret = _linear.SecretKey.generate(ntt, bytes(16))
    p0 = _linear.encrypt(ntt, secret, np.zeros((1, 1), np.uint32), 20, b"p" * 16, b"n" * 16, 0)[0]
    p1 = ntt.inverse(_linear.sample("uniform", b"p" * 16, 0, SMALL.degree, q))
    c0, c1 = np.zeros((1, SMALL.degree), np.uint64), np.zeros((1, SMALL.degree), np.uint64)
    _linear.add_zeros(ntt, _linear.PublicKey(ntt, b"p" * 16, p0), seed, 3, c0, c1)
    u = _linear.sample("ternary", seed, 3, SMALL.degree, q)
    halves = [(c[0].astype(object) - product(p, u).astype(object)) % q for c, p in ((c0, p0), (c1, p1))]
    one, two = (np.where(half > q // 2, half - q, half).astype(np.int64) for half in halves)
    for noise in (one, two):
        assert_noise(noise)
    assert_rate(int((one == two).sum()), one.size, sum(p * p for p in BINOMIAL))


def test_two_uploads_have_public_seeds_of_their_own() -> None:
    layer = ClientLinear(LAYOUT, ClientKeys.generate())
    seeds = {layer.encrypt(MASKS)[HEADER_BYTES : HEADER_BYTES + SEED_BYTES] for _ in range(8)}
    assert len(seeds) == 8


def session() -> ServerSession:
    hello, standing = hs.Hello(version=hs.VERSION, stream="control"), Standing(InferenceBudget(1), Suspects(1))
    return ServerSession(server_model(grey()), ServerLimits(), standing, hello, "a client", b"", lambda *event: None)


@pytest.mark.parametrize("changed", [0, 1])
def test_epoch_and_ticket_are_draws_of_their_own(changed: int) -> None:
    """The epoch is in logs and metrics; the ticket lets a connection into the session. Each follows its own draw."""
    made = []
    for which in (None, ("server", changed)):
        draws = Draws("a session, {party}", which)
        draws.belong_to("server")
        grey()  # compiled before, whose own draws are none of these
        with draws.instead_of_the_systems():
            one = session()
        assert Counter(draw.count for draw in draws.made["server"]) == {16: 1, 32: 1}
        made.append((one.epoch, one.ticket))
    (epoch, ticket), (other_epoch, other_ticket) = made
    assert (epoch != other_epoch) == (changed == 0) and (ticket != other_ticket) == (changed == 1)
    assert len(bytes.fromhex(ticket)) == 32 and epoch not in ticket
