"""The server's side of a linear layer: W on ciphertexts, offline, and its share of the result from a seed alone.

Every reply gets its own fresh encryption of zero, every coefficient sent its own uniform value mod q, whatever the
weights are: a zero weight takes the same work and the same bytes as any other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from snni.errors import ParameterError
from snni.twoparty import _linear
from snni.twoparty.linear import wire
from snni.twoparty.linear.client import by_frame, ntt_of
from snni.twoparty.linear.geometry import ConvGeometry
from snni.twoparty.linear.layout import HEADER_BYTES, SEED_BYTES, Layout
from snni.twoparty.linear.params import PARAMETER_SETS, ParameterSet
from snni.twoparty.linear.product import CORES, Product

_OUTPUTS_AT_A_TIME = 256  # bounds memory; a multiple of every kernel's rows


def parse_public_key(message: wire.Buffer, params: ParameterSet) -> _linear.PublicKey:
    """Raises WireError: length, version, parameter sets or range."""
    sizes = [SEED_BYTES + p.degree * p.modulus_bits // 8 for p in PARAMETER_SETS]
    rows = wire.RowReader(wire.body(message, wire.KEY, wire.key_digest(), HEADER_BYTES + sum(sizes)))
    keys = {}
    for p in PARAMETER_SETS:
        seed = bytes(rows.take(SEED_BYTES))
        p0 = rows.rows(1, p.degree, p.modulus_bits, p.modulus)[0]
        if p == params:
            keys[p] = _linear.PublicKey(ntt_of(p), seed, p0)
    return keys[params]


def check_weights(geometry: ConvGeometry, weights: NDArray[np.int8]) -> NDArray[np.int8]:
    """int8 [out_channels, in_channels / groups, kh, kw] -> [out_channels, fan_in]. Raises ParameterError."""
    if weights.dtype != np.int8 or weights.shape != geometry.weight_shape:
        raise ParameterError(f"weights are {weights.dtype} {weights.shape}, expected int8 {geometry.weight_shape}")
    return np.ascontiguousarray(weights.reshape(geometry.out_channels, geometry.fan_in))


class ServerLinear:
    """One layer at the server. Holds the weights and the client's public key; keeps no ciphertext.

    product: where W is multiplied by ciphertexts.
    """

    def __init__(
        self, layout: Layout, public_key: wire.Buffer, weights: NDArray[np.int8], product: Product = CORES
    ) -> None:
        self._layout = layout
        self._ntt = ntt_of(layout.params)
        self._weights = check_weights(layout.geometry, weights)
        self._key = parse_public_key(public_key, layout.params)
        self._product = product

    @property
    def layout(self) -> Layout:
        """How frames lie in its ciphertexts; gives the message sizes to expect."""
        return self._layout

    def evaluate(self, upload: wire.Buffer, seed: bytes) -> bytes:
        """The reply to an upload. seed: 16 bytes, serves once: two uploads under one seed would reveal weights.

        Raises WireError: the message is not this layer's upload, or a coefficient is out of range.
        """
        layout, params = self._layout, self._layout.params
        mask_seed, zero_seed = _derive(seed, b"mask"), _derive(seed, b"zero")
        rows = wire.RowReader(wire.body(upload, wire.UPLOAD, layout.digest, layout.upload_bytes))
        public_seed = bytes(rows.take(SEED_BYTES))
        count = layout.ciphertexts_per_block
        parts = [wire.header(wire.REPLY, layout.digest, layout.reply_bytes - HEADER_BYTES)]
        for block in range(layout.blocks):
            c0 = np.zeros((count, params.degree), np.uint64)
            c0[:, : layout.sent(block)] = rows.rows(count, layout.sent(block), params.modulus_bits, params.modulus)
            c1 = _linear.expand(self._ntt, public_seed, block * count, count)
            placed = [self._product.place(values, layout) for values in (c0, c1)]
            parts.extend(self._reply(block, placed[0], placed[1], mask_seed, zero_seed))
        return b"".join(parts)

    def shares(self, seed: bytes, frame: int | None = None) -> NDArray[np.uint32]:
        """The server's shares of W r: uint32 [batch, out_channels, out_height, out_width], or one frame's [M, OH, OW].

        Raises ParameterError: no such frame.
        """
        layout, g, params = self._layout, self._layout.geometry, self._layout.params
        if frame is not None and not 0 <= frame < layout.batch:
            raise ParameterError(f"frame {frame} outside 0..{layout.batch - 1}")
        mask_seed, blocks = _derive(seed, b"mask"), []
        for block in range(layout.blocks):
            runs = layout.runs(block)
            if frame is not None:
                runs = np.where(np.arange(layout.batch) == frame, runs, 0)
            if runs.any():
                masks = self._masks(block, 0, g.out_channels, mask_seed, runs)
                blocks.append(_linear.round_to_ring(masks, params.modulus, g.ring_bits))
        if frame is None:
            return by_frame(layout, blocks)
        return np.concatenate(blocks, axis=1).reshape(g.out_channels, g.out_height, g.out_width)

    def _masks(self, block: int, first: int, count: int, seed: bytes, runs: NDArray[np.int64]) -> NDArray[np.uint64]:
        stream = (block * self._layout.geometry.out_channels + first) * self._layout.batch
        return _linear.masks(seed, stream, runs, count, self._layout.params.modulus)

    def _reply(self, block: int, d0: Any, d1: Any, mask_seed: bytes, zero_seed: bytes) -> list[bytes]:
        layout, params = self._layout, self._layout.params
        positions = layout.positions(block)
        columns = int(positions[-1]) + 1
        drop0, drop1 = params.modulus_bits - layout.c0_bits, params.modulus_bits - layout.c1_bits
        packed0, packed1 = [], []
        for first, weights, offsets in self._portions():
            c0 = self._product.convolve(d0, offsets, weights, columns, params)
            c1 = self._product.convolve(d1, offsets, weights, params.degree, params)
            stream = block * layout.geometry.out_channels + first
            _linear.add_zeros(self._ntt, self._key, zero_seed, stream, c0, c1)
            masks = self._masks(block, first, len(weights), mask_seed, layout.runs(block))
            masked = _linear.mask_and_drop(c0, positions, masks, params.modulus, drop0)
            packed0.append(_linear.pack_rows(masked, layout.c0_bits).tobytes())
            packed1.append(_linear.pack_rows(c1, layout.c1_bits, drop1).tobytes())
        return packed1 + packed0

    def _portions(self) -> Iterator[tuple[int, NDArray[np.int8], NDArray[np.int64]]]:
        """First output, weights and offsets of a bounded number of outputs, whole groups."""
        g, offsets = self._layout.geometry, self._layout.offsets
        per_group = g.out_channels // g.groups
        if g.groups == 1:
            for first in range(0, g.out_channels, _OUTPUTS_AT_A_TIME):
                yield first, self._weights[first : first + _OUTPUTS_AT_A_TIME], offsets
            return
        at_a_time = max(1, _OUTPUTS_AT_A_TIME // per_group)
        for group in range(0, g.groups, at_a_time):
            first, last = group * per_group, min(group + at_a_time, g.groups) * per_group
            yield first, self._weights[first:last], offsets[group : group + at_a_time]


def _derive(seed: bytes, purpose: bytes) -> bytes:
    if len(seed) != SEED_BYTES:
        raise ParameterError(f"a seed has {SEED_BYTES} bytes")
    return hashlib.sha256(b"veilward linear " + purpose + b"\0" + seed).digest()[:SEED_BYTES]
