"""Messages from a hostile peer: a typed error, whatever is in them, and nothing allocated for what is not there."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from snni.errors import WireError
from snni.twoparty import _linear
from snni.twoparty.linear import SMALL, ClientKeys, ClientLinear, Layout, ServerLinear
from snni.twoparty.linear.layout import HEADER_BYTES, SEED_BYTES
from tests.snni.twoparty.linear.plain_conv import conv

KEYS = ClientKeys.generate()
LAYOUT = Layout(conv(2, 6, 3, 3, 1, 1), SMALL, 2)
CLIENT = ClientLinear(LAYOUT, KEYS)
WEIGHTS = np.ones(LAYOUT.geometry.weight_shape, np.int8)
SERVER = ServerLinear(LAYOUT, KEYS.public_key(), WEIGHTS)
SEED = bytes(16)
UPLOAD = CLIENT.encrypt(np.zeros((2, 2, 6, 6), np.uint32))
REPLY = SERVER.evaluate(UPLOAD, SEED)
RECEIVERS = {
    "upload": (UPLOAD, lambda m: SERVER.evaluate(m, SEED)),
    "reply": (REPLY, CLIENT.decrypt),
    "key": (KEYS.public_key(), lambda m: ServerLinear(LAYOUT, m, WEIGHTS)),
}
EACH = pytest.mark.parametrize("name", RECEIVERS)


@EACH
@given(cut=st.integers(0, 2**16), extra=st.binary(max_size=3))
@settings(max_examples=30, deadline=None)
def test_other_lengths(name, cut, extra):
    message, receive = RECEIVERS[name]
    for wrong in (message[: cut % len(message)], message + extra + b"\0", b""):
        with pytest.raises(WireError):
            receive(wrong)


@EACH
@given(at=st.integers(0, HEADER_BYTES - 1), flip=st.integers(1, 255))
@settings(max_examples=60, deadline=None)
def test_garbled_headers(name, at, flip):
    message, receive = RECEIVERS[name]
    garbled = bytearray(message)
    garbled[at] ^= flip
    with pytest.raises(WireError):
        receive(bytes(garbled))


@EACH
def test_coefficients_out_of_range(name):
    message, receive = RECEIVERS[name]
    start = HEADER_BYTES + (0 if name == "reply" else SEED_BYTES)
    width = LAYOUT.c1_row_bytes if name == "reply" else 6
    wrong = message[:start] + b"\xff" * width + message[start + width :]
    if name == "reply":  # 2^c1_bits - 1 stands for residues at and above q, dropped alike, so it is one that exists
        assert receive(wrong).shape == (2, 3, 6, 6)
    else:
        with pytest.raises(WireError, match="range"):
            receive(wrong)


def test_padding_bits_must_be_zero():
    layout = Layout(conv(1, 1, 1, bits=3), SMALL, 1)
    assert layout.c0_bits == 7
    client = ClientLinear(layout, KEYS)
    server = ServerLinear(layout, KEYS.public_key(), np.ones((1, 1, 1, 1), np.int8))
    reply = bytearray(server.evaluate(client.encrypt(np.ones((1, 1, 1, 1), np.uint32)), SEED))
    reply[-1] |= 0x80
    with pytest.raises(WireError, match="range"):
        client.decrypt(bytes(reply))


@EACH
@given(message=st.binary(max_size=200), at=st.integers(0, 2**20))
@settings(max_examples=40, deadline=None)
def test_noise_is_a_typed_error_or_a_result(name, message, at):
    genuine, receive = RECEIVERS[name]
    at = HEADER_BYTES + at % (len(genuine) - HEADER_BYTES)
    mixed = (genuine[:at] + message + genuine[at + len(message) :])[: len(genuine)]
    try:
        receive(mixed)
    except WireError:
        return
    assert len(mixed) == len(genuine)


def test_messages_of_another_layer_are_refused():
    other = Layout(conv(2, 6, 3, 3, 1, 1, bits=21), SMALL, 2)
    with pytest.raises(WireError):
        ServerLinear(other, KEYS.public_key(), WEIGHTS).evaluate(UPLOAD, SEED)
    with pytest.raises(WireError):
        SERVER.evaluate(REPLY, SEED)
    with pytest.raises(WireError):
        CLIENT.decrypt(UPLOAD)


@given(bits=st.integers(1, 56), count=st.integers(1, 70), rows=st.integers(1, 3), seed=st.integers(0, 2**32))
def test_packing_is_a_bijection(bits, count, rows, seed):
    rng = np.random.default_rng(seed)
    values = rng.integers(0, 1 << bits, (rows, count), dtype=np.uint64)
    packed = _linear.pack_rows(values, bits)
    assert packed.shape == (rows, (count * bits + 7) // 8)
    stream = [sum(int(v) << (i * bits) for i, v in enumerate(row)) for row in values]
    assert [int.from_bytes(row.tobytes(), "little") for row in packed] == stream
    assert np.array_equal(_linear.unpack_rows(packed, count, bits, 1 << bits), values)
    largest = int(values.max())
    if largest > 0:
        assert _linear.unpack_rows(packed, count, bits, largest) is None


def test_packing_refuses_what_does_not_fit():
    with pytest.raises(ValueError, match="fit"):
        _linear.pack_rows(np.array([[16]], np.uint64), 4)
    with pytest.raises(ValueError, match="length"):
        _linear.unpack_rows(np.zeros((1, 3), np.uint8), 4, 4, 16)
