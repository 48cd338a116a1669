"""The messages of a layer under fixed seeds, and their digests: one for all machines, whatever vectors they have."""

from __future__ import annotations

import hashlib

import numpy as np

from snni.twoparty import _linear
from snni.twoparty.linear import (
    LARGE,
    PARAMETER_SETS,
    SMALL,
    ClientKeys,
    ClientLinear,
    ConvGeometry,
    Layout,
    ServerLinear,
    wire,
)
from snni.twoparty.linear.client import ntt_of
from snni.twoparty.linear.layout import HEADER_BYTES

GOLDEN = {
    SMALL: ("44c941afad3eedda", "3a9fc61d2b6dd2b1", "3baf159e546216f6", "c78bb2c054ff993e"),
    LARGE: ("44c941afad3eedda", "4a7d472594be15f8", "162c3a95dc375f4c", "402ac2e9abacf810"),
}


def seed(n):
    return bytes([n] * 16)


def fixed_keys():
    keys, parts = {}, []
    for index, params in enumerate(PARAMETER_SETS):
        ntt = ntt_of(params)
        keys[params] = _linear.SecretKey.generate(ntt, seed(index))
        p0 = _linear.encrypt(ntt, keys[params], np.zeros((1, 1), np.uint32), 1, seed(10 + index), seed(20 + index), 0)
        parts.append(seed(10 + index) + _linear.pack_rows(p0, params.modulus_bits).tobytes())
    body = b"".join(parts)
    return ClientKeys(keys, wire.header(wire.KEY, wire.key_digest(), len(body)) + body)


def digest(message):
    return hashlib.sha256(bytes(message)).hexdigest()[:16]


def messages(params):
    """Digests of the key, the upload, the reply and the client's results of one layer, the same whatever the CPU."""
    layout = Layout(ConvGeometry(4, 30, 30, 6, (3, 3), (1, 1), (1, 1), groups=2), params, 3)
    masks = (np.arange(3 * 4 * 30 * 30, dtype=np.uint32) * 2654435761 >> 12).reshape(3, 4, 30, 30)
    weights = (np.arange(6 * 2 * 9) * 37 % 255 - 127).astype(np.int8).reshape(6, 2, 3, 3)
    keys = fixed_keys()
    client, server = ClientLinear(layout, keys), ServerLinear(layout, keys.public_key(), weights)
    upload = client._upload(masks.astype(np.uint32) & 0xFFFFF, seed(30), seed(31))
    reply = server.evaluate(upload, seed(32))
    assert len(reply) - HEADER_BYTES > 0
    made = (keys.public_key(), upload, reply, client.decrypt(reply).astype("<u4").tobytes())
    return tuple(map(digest, made))
