"""What each party sees: uniform, of one size whatever the weights, never twice the same; and nothing secret printed."""

import copy
import pickle

import numpy as np
import pytest

from snni.twoparty import _linear
from snni.twoparty.linear import SMALL, ClientKeys, ClientLinear, Layout, ServerLinear
from snni.twoparty.linear.client import ntt_of
from snni.twoparty.linear.layout import HEADER_BYTES, SEED_BYTES
from tests.snni.twoparty.linear.plain_conv import conv
from tests.support.chance import assert_uniform, assert_unrelated

KEYS = ClientKeys.generate()
LAYOUT = Layout(conv(4, 28, 32, 3, 1, 1), SMALL, 2)
CLIENT = ClientLinear(LAYOUT, KEYS)
MASKS = np.random.default_rng(1).integers(0, 1 << 20, (2, 4, 28, 28), dtype=np.uint32)


def server(weights):
    return ServerLinear(LAYOUT, KEYS.public_key(), np.full(LAYOUT.geometry.weight_shape, weights, np.int8))


def parts(reply):
    """c1 and c0 of the first reply's blocks, as sent: uint64 [32, N] and [32, positions]."""
    c1_bytes = 32 * LAYOUT.c1_row_bytes
    c1 = np.frombuffer(reply[HEADER_BYTES:][:c1_bytes], np.uint8).reshape(32, -1)
    count = len(LAYOUT.positions(0))
    c0 = np.frombuffer(reply[HEADER_BYTES + c1_bytes :][: 32 * LAYOUT.c0_row_bytes(0)], np.uint8).reshape(32, -1)
    return (
        _linear.unpack_rows(c1, SMALL.degree, LAYOUT.c1_bits, 1 << LAYOUT.c1_bits),
        _linear.unpack_rows(c0, count, LAYOUT.c0_bits, 1 << LAYOUT.c0_bits),
    )


def assert_words(values, bits):
    """Top and bottom byte of words below 2^bits or q, which are nearer to uniform than 2^-30: of no weight here."""
    assert_uniform(values >> np.uint64(bits - 8), 256)
    assert_uniform(values & np.uint64(255), 256)


@pytest.mark.parametrize("weight", [0, 127])
def test_replies_are_uniform(weight):
    c1, c0 = parts(server(weight).evaluate(CLIENT.encrypt(MASKS), bytes(16)))
    assert_words(c1, LAYOUT.c1_bits)
    assert_words(c0, LAYOUT.c0_bits)


@pytest.mark.parametrize("weight", [0, 127])
def test_phases_at_the_client_are_uniform(weight):
    """Even with the secret key: every coefficient's phase, so every share, is uniform and new for each output."""
    mine = CLIENT.decrypt(server(weight).evaluate(CLIENT.encrypt(MASKS), bytes([3] * 16)))
    assert_words(mine.astype(np.uint64), 20)
    flat = mine.transpose(1, 0, 2, 3).reshape(32, -1)
    assert len(np.unique(flat, axis=0)) == 32


def test_uploads_are_uniform_whatever_the_masks():
    for masks in (MASKS, np.zeros_like(MASKS)):
        body = CLIENT.encrypt(masks)[HEADER_BYTES + SEED_BYTES :]
        width = LAYOUT.sent(0)
        rows = np.frombuffer(body[: 4 * width * 6], np.uint8).reshape(4, -1)
        assert_words(_linear.unpack_rows(rows, width, 48, SMALL.modulus), 48)


def test_two_uploads_of_one_mask_share_nothing():
    one, two = (np.frombuffer(CLIENT.encrypt(MASKS)[HEADER_BYTES:], np.uint8) for _ in range(2))
    assert_unrelated(one[SEED_BYTES:], two[SEED_BYTES:], 256)


def test_every_output_has_its_own_zero_and_its_own_mask():
    """All weights are zero, so a reply is nothing but its fresh encryption of zero less its mask."""
    c1, c0 = parts(server(0).evaluate(CLIENT.encrypt(MASKS), bytes(16)))
    for rows in (c1, c0):
        assert len(np.unique(rows, axis=0)) == len(rows)
        assert all(np.mean(rows[0] == row) < 0.01 for row in rows[1:])


def test_every_output_has_its_own_zero_and_its_own_mask_across_portions():
    """Zero weights again, over several ciphertexts in a row and more outputs than are computed at a time."""
    layout = Layout(conv(1, 70, 40, 1), SMALL, 1)
    assert layout.blocks > 1
    weights = np.zeros(layout.geometry.weight_shape, np.int8)
    machine = ServerLinear(layout, KEYS.public_key(), weights)
    masks = MASKS[:1, :1, :1, :1].repeat(70, axis=2).repeat(70, axis=3)
    rest = machine.evaluate(ClientLinear(layout, KEYS).encrypt(masks), bytes(16))[HEADER_BYTES:]
    rows = []
    for block in range(layout.blocks):
        for row_bytes in (layout.c1_row_bytes, layout.c0_row_bytes(block)):
            rows += [rest[row * row_bytes :][:32] for row in range(40)]
            rest = rest[40 * row_bytes :]
    assert not rest and len(set(rows)) == len(rows) == 2 * 40 * layout.blocks


def test_a_reply_is_a_function_of_upload_and_seed():
    upload, machine = CLIENT.encrypt(MASKS), server(3)
    first, again, other = (machine.evaluate(upload, bytes([s] * 16)) for s in (1, 1, 2))
    assert first == again
    assert_unrelated(*(np.frombuffer(reply, np.uint8)[HEADER_BYTES:] for reply in (first, other)), 256)


def test_zero_weights_take_the_same_bytes():
    upload = CLIENT.encrypt(MASKS)
    sizes = {len(server(w).evaluate(upload, bytes(16))) for w in (0, 1, -127)}
    assert sizes == {LAYOUT.reply_bytes}


def test_c1_does_not_repeat_the_combination():
    """Without the encryption of zero c1 would be W times the upload's c1, which the client could solve for W."""
    upload = CLIENT.encrypt(MASKS)
    c1, _ = parts(server(0).evaluate(upload, bytes(16)))
    assert np.count_nonzero(c1) > 0.99 * c1.size


def test_nothing_secret_is_printed_copied_or_pickled():
    assert repr(KEYS) == "<ClientKeys>"
    for thing in (KEYS, CLIENT):
        for action in (pickle.dumps, copy.deepcopy):
            with pytest.raises(TypeError):
                action(thing)
    with pytest.raises(TypeError):
        copy.copy(KEYS)
    secret = KEYS.secret(SMALL).reveal()
    words = ntt_of(SMALL).forward(secret)
    assert str(int(words[0])) not in repr(KEYS.__dict__) + repr(CLIENT.__dict__)


def test_keys_differ():
    assert ClientKeys.generate().public_key()[HEADER_BYTES:] != KEYS.public_key()[HEADER_BYTES:]
