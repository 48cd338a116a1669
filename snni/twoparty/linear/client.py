"""The client's side of a linear layer: keys, encrypted masks, and its share of what comes back.

[F_lin] S: W; C: r. C learns c, S learns s with c + s = W r mod 2^k, off by at most one unit (params.py), and nothing
else: S sees RLWE ciphertexts, C sees phases whose every coefficient S shifted by a uniform value mod q. Semi-honest.
What C could learn from c1 is RLWE with a fresh public-key encryption of zero in every reply.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from snni.errors import ParameterError
from snni.ring.random import drawn
from snni.twoparty import _linear
from snni.twoparty.linear import wire
from snni.twoparty.linear.layout import HEADER_BYTES, SEED_BYTES, Layout
from snni.twoparty.linear.params import PARAMETER_SETS, ParameterSet


@lru_cache(maxsize=8)
def ntt_of(params: ParameterSet) -> _linear.Ntt:
    return _linear.Ntt(params.degree, params.modulus)


class ClientKeys:
    """One secret per parameter set. Secrets leave this object in no way: no repr, no pickle, no copy."""

    def __init__(self, keys: dict[ParameterSet, _linear.SecretKey], public: bytes) -> None:
        self._keys = keys
        self._public = public

    @classmethod
    def generate(cls) -> ClientKeys:
        """Fresh keys."""
        keys: dict[ParameterSet, _linear.SecretKey] = {}
        parts = []
        for params in PARAMETER_SETS:
            ntt, seed = ntt_of(params), drawn(SEED_BYTES)
            secret = _linear.SecretKey.generate(ntt, drawn(SEED_BYTES))
            nothing = np.zeros((1, 1), np.uint32)
            p0 = _linear.encrypt(ntt, secret, nothing, 1, seed, drawn(SEED_BYTES), 0)
            keys[params] = secret
            parts.append(seed + _linear.pack_rows(p0, params.modulus_bits).tobytes())
        body = b"".join(parts)
        return cls(keys, wire.header(wire.KEY, wire.key_digest(), len(body)) + body)

    def public_key(self) -> bytes:
        """The message for ServerLinear: both sets' encryption keys."""
        return self._public

    def secret(self, params: ParameterSet) -> _linear.SecretKey:
        return self._keys[params]

    def __repr__(self) -> str:
        return "<ClientKeys>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("client keys are never pickled")

    def __copy__(self) -> NoReturn:
        raise TypeError("client keys are never copied")

    def __deepcopy__(self, memo: object) -> NoReturn:
        raise TypeError("client keys are never copied")


class ClientLinear:
    """One layer at the client. Keeps no mask and no share."""

    def __init__(self, layout: Layout, keys: ClientKeys) -> None:
        self._layout = layout
        self._ntt = ntt_of(layout.params)
        self._secret = keys.secret(layout.params)

    def encrypt(self, masks: NDArray[np.uint32]) -> bytes:
        """masks: uint32 [batch, in_channels, height, width], reduced mod 2^ring_bits here. -> upload message.

        Two calls never share randomness: every call draws both its seeds. Raises ParameterError: shape or type.
        """
        layout, geometry = self._layout, self._layout.geometry
        expected = (layout.batch, geometry.in_channels, geometry.height, geometry.width)
        if masks.dtype != np.uint32 or masks.shape != expected:
            raise ParameterError(f"masks are {masks.dtype} {masks.shape}, expected uint32 {expected}")
        public_seed, noise_seed = drawn(SEED_BYTES), drawn(SEED_BYTES)
        return self._upload(masks, public_seed, noise_seed)

    def _upload(self, masks: NDArray[np.uint32], public_seed: bytes, noise_seed: bytes) -> bytes:
        layout, geometry = self._layout, self._layout.geometry
        laid = layout.tall.lay(masks & np.uint32((1 << geometry.ring_bits) - 1))
        parts = [wire.header(wire.UPLOAD, layout.digest, layout.upload_bytes - HEADER_BYTES), public_seed]
        for block in range(layout.blocks):
            messages = layout.pack(block, laid)
            first = block * layout.ciphertexts_per_block
            c0 = _linear.encrypt(self._ntt, self._secret, messages, geometry.ring_bits, public_seed, noise_seed, first)
            sent = np.ascontiguousarray(c0[:, : layout.sent(block)])
            parts.append(_linear.pack_rows(sent, layout.params.modulus_bits).tobytes())
        return b"".join(parts)

    def decrypt(self, reply: wire.Buffer) -> NDArray[np.uint32]:
        """-> uint32 [batch, out_channels, out_height, out_width] in [0, 2^ring_bits): the client's shares of W r.

        Raises WireError: the message is not this layer's reply, or a coefficient is out of range.
        """
        layout, params, geometry = self._layout, self._layout.params, self._layout.geometry
        rows = wire.RowReader(wire.body(reply, wire.REPLY, layout.digest, layout.reply_bytes))
        out, drop0, drop1 = [], params.modulus_bits - layout.c0_bits, params.modulus_bits - layout.c1_bits
        for block in range(layout.blocks):
            positions = layout.positions(block)
            c1 = rows.rows(geometry.out_channels, params.degree, layout.c1_bits, params.modulus, drop1)
            c0 = rows.rows(geometry.out_channels, len(positions), layout.c0_bits, params.modulus, drop0)
            out.append(_linear.decrypt(self._ntt, self._secret, c0, positions, c1, geometry.ring_bits))
        return by_frame(layout, out)


def by_frame(layout: Layout, blocks: list[NDArray[np.uint32]]) -> NDArray[np.uint32]:
    """Blocks of [out_channels, positions], in order -> [batch, out_channels, out_height, out_width]."""
    g = layout.geometry
    rows = np.concatenate(blocks, axis=1) if len(blocks) > 1 else blocks[0]
    shaped = rows.reshape(g.out_channels, layout.batch, g.out_height, g.out_width)
    return np.ascontiguousarray(shaped.transpose(1, 0, 2, 3))
