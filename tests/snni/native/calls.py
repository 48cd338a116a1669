"""Sound calls of native functions, each with arrays of its own, and what they are made of: tests spoil them."""

import numpy as np

from snni import _aes
from snni.multiparty import _gate, _ring_convolution
from snni.twoparty import _linear, _nonlinear, _ot
from snni.twoparty.linear import SMALL
from snni.wire import _packing

SEED = bytes(16)


def words(count, bits=32, seed=0):
    return np.random.default_rng([seed, count]).integers(0, 1 << bits, count, np.uint32)


def octets(count, bits=8, seed=0):
    return np.random.default_rng([seed, count]).integers(0, 1 << bits, count, np.uint8)


NTT = _linear.Ntt(SMALL.degree, SMALL.modulus)
SECRET = _linear.SecretKey.generate(NTT, SEED)


def public_key():
    p0 = _linear.encrypt(NTT, SECRET, np.zeros((1, 1), np.uint32), 1, SEED, SEED, 0)
    return _linear.PublicKey(NTT, SEED, p0[0])


def ready_pair(k=4):
    """A SoftSpoken pair, set up."""
    sender, receiver = _ot.Sender(k, 0, octets(16)), _ot.Receiver(k, 0, octets(16, seed=1))
    sender.accept_trees(receiver.trees(sender.reply(receiver.offer())))
    return sender, receiver


def polynomials(count=1, width=SMALL.degree):
    return np.zeros((count, width), np.uint64)


POSITIONS, SHIFTS = np.arange(4, dtype=np.int32), np.zeros((1, 2), np.int64)

CALLS = {
    "pack_words": (_packing.pack_words, [words(4), 8, octets(4)]),
    "unpack_words": (_packing.unpack_words, [octets(4), 8, words(4)]),
    "unpack_bytes": (_packing.unpack_bytes, [octets(4), 8, octets(4)]),
    "leaf_words": (_nonlinear.leaf_words, [words(4), 0, 4, octets(4), octets(4), octets(4), words(4), words(4)]),
    "leaf_open": (_nonlinear.leaf_open, [words(4), octets(4), octets(4), octets(4)]),
    "wide_words": (
        _nonlinear.wide_words,
        [words(4), 0, 6, octets(4), octets(4), octets(4), words(16).reshape(4, 4), words(16).reshape(4, 4)],
    ),
    "wide_open": (_nonlinear.wide_open, [words(16).reshape(4, 4), 7, octets(4), octets(4), octets(4)]),
    "table_fill": (_nonlinear.table_fill, [words(4), 0, 4, octets(4), words(4)]),
    "table_swap_client": (_nonlinear.table_swap_client, [words(4), 2, 5, words(4), words(4), words(4)]),
    "table_swap_server": (
        _nonlinear.table_swap_server,
        [words(4), 2, 5, octets(4), words(4).astype(np.uint16), words(4)],
    ),
    "table_look": (_nonlinear.table_look, [words(4), octets(4), octets(4)]),
    "server_product": (
        _nonlinear.server_product,
        [octets(4), words(4), words(4), words(4), 9, words(4)],
    ),
    "mask_payload": (_nonlinear.mask_payload, [octets(4), words(4), words(4), words(4), 9, words(4), words(4)]),
    "mask_extended": (
        _nonlinear.mask_extended,
        [octets(4), words(4), words(40), 8, 9, words(4), words(12), words(4), words(20)],
    ),
    "unmask_payload": (_nonlinear.unmask_payload, [octets(4), words(4), words(4), 9, words(4)]),
    "unmask_extended": (
        _nonlinear.unmask_extended,
        [octets(4), words(16), words(4), words(20), 8, 9, words(4), words(12)],
    ),
    "client_part": (
        _nonlinear.client_part,
        [octets(4), octets(4), octets(4), words(4), words(4), words(4), words(4), words(12), 8, 9, words(4)],
    ),
    "server_part": (
        _nonlinear.server_part,
        [octets(4), octets(4), octets(4), words(4), words(4), words(4), words(12), 8, 9, words(4)],
    ),
    "mask_wrap": (_nonlinear.mask_wrap, [words(4), words(4), words(4), 8, 9, words(4), words(4)]),
    "client_extended": (_nonlinear.client_extended, [octets(4), words(4), words(4), 8, 9, words(4)]),
    "server_extended": (_nonlinear.server_extended, [octets(4), words(4), words(4), 8, 9, words(4)]),
    "forward": (NTT.forward, [np.zeros(SMALL.degree, np.uint64)]),
    "encrypt": (_linear.encrypt, [NTT, SECRET, np.zeros((1, 3), np.uint32), 20, SEED, SEED, 0]),
    "decrypt": (_linear.decrypt, [NTT, SECRET, polynomials(1, 4), POSITIONS, polynomials(), 20]),
    "add_zeros": (_linear.add_zeros, [NTT, public_key(), SEED, 0, polynomials(1, 4), polynomials()]),
    "masks": (_linear.masks, [SEED, 0, np.array([3, 4], np.int64), 2, SMALL.modulus]),
    "mask_and_drop": (_linear.mask_and_drop, [polynomials(), POSITIONS, polynomials(1, 4), SMALL.modulus, 3]),
    "pack_rows": (_linear.pack_rows, [polynomials(2, 3), 48]),
    "unpack_rows": (_linear.unpack_rows, [np.zeros((2, 18), np.uint8), 3, 48, SMALL.modulus]),
    "digits": (_linear.digits, [polynomials(1, 8), SMALL.modulus, 24, 2, 16]),
    "convolve": (
        _linear.convolve,
        [np.zeros((2, 1, 16)), SHIFTS, np.ones((1, 2), np.int8), 8, SMALL.modulus, 24],
    ),
    "convolve_ring": (_linear.convolve_ring, [np.zeros((1, 16)), SHIFTS, np.ones((1, 2), np.int8), 8, 20]),
    "limbs": (_linear.limbs, [polynomials(1, 8), SMALL.modulus, 2, 16]),
    "ring_limbs": (_linear.ring_limbs, [np.zeros((1, 16), np.uint32), 20]),
    "convolve_limbs": (
        _linear.convolve_limbs,
        [np.zeros((6, 1, 20), np.uint8), SHIFTS, np.ones((1, 2), np.int8), 8, SMALL.modulus],
    ),
    "convolve_ring_limbs": (
        _linear.convolve_ring_limbs,
        [np.zeros((3, 1, 20), np.uint8), SHIFTS, np.ones((1, 2), np.int8), 8, 20],
    ),
    "gate.tables": (_gate.tables, [words(4), 0, 4, None, words(4)]),
    "gate.entries": (_gate.entries, [words(4), words(4), 0, 4, None]),
    "gate.products": (_gate.products, [words(4), words(4), words(4), 8, True]),
    "gate.wraps": (_gate.wraps, [words(4), words(4), 8]),
    "gate.chosen": (
        _gate.chosen,
        [words(4), octets(4), words(4), (words(4), words(4)), (words(4), words(4)), None, 8, 3, True],
    ),
    "gate.hidden_sum": (_gate.hidden_sum, [SEED, 0, words(4), 9]),
    "gate.hidden_bits": (_gate.hidden_bits, [SEED, 0, words(4), 9]),
    "gate.opened_sum": (_gate.opened_sum, [words(4), octets(4), 8]),
    "gate.opened_bits": (_gate.opened_bits, [octets(12), octets(2)]),
    "windows": (_ring_convolution.windows, [words(24).reshape(1, 2, 3, 4), (3, 3), (1, 1), (1, 1), 20]),
    "wide_windows": (
        _ring_convolution.wide_windows,
        [words(24).astype(np.uint64).reshape(1, 2, 3, 4), (3, 3), (1, 1), (1, 1), 53],
    ),
    "joined": (_ring_convolution.joined, [words(24, 8).astype(np.float64).reshape(1, 4, 6), 2, 8, 3, 20]),
    "expand": (_aes.expand, ["portable", np.zeros((2, 16), np.uint8)]),
    "reply": (lambda offer: _ot.Sender(4, 0, octets(16)).reply(offer), [_ot.Receiver(4, 0, octets(16)).offer()]),
    "ot.pads": (lambda *to: ready_pair()[1].pads(32, *to), [octets(4), words(4)]),
}
WRITTEN = {"pack_words": [2], "unpack_words": [2], "unpack_bytes": [2], "leaf_words": [7], "leaf_open": [3]}
WRITTEN |= {"wide_words": [7], "wide_open": [4]}
WRITTEN |= {"server_product": [5], "server_part": [9], "client_part": [10], "mask_payload": [5, 6]}
WRITTEN |= {"mask_extended": [5, 6, 7, 8], "unmask_payload": [4], "unmask_extended": [6, 7], "mask_wrap": [5, 6]}
WRITTEN |= {"table_swap_client": [0, 5], "table_swap_server": [0], "table_look": [2]}
WRITTEN |= {"client_extended": [5], "server_extended": [5]}
WRITTEN |= {"decrypt": [4], "add_zeros": [4, 5], "ot.pads": [0, 1]}


def call(name, at=None, changed=None):
    function, arguments = CALLS[name]
    arguments = [a.copy() if isinstance(a, np.ndarray) else a for a in arguments]
    if at is not None:
        arguments[at] = changed
    return function(*arguments)
