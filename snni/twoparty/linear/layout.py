"""Which value lies in which coefficient of which ciphertext. Both parties derive it from public shapes alone.

The tall image of a channel (see tall.py) is longer than a ciphertext: it is cut into *blocks* of N coefficients that
overlap by the reach, N - reach outputs each (overlap-save). It is shorter: several channels share a ciphertext, each in
a *segment*; the sum over channels then takes each at its segment's shift, and outputs lie in segment 0.
Multiplying by X^-shift is a read at an offset into coefficients extended by X^N = -1.

A batch fills ciphertexts better the closer its outputs come to a multiple of N - reach: compare reply_bytes / batch.
"""

from __future__ import annotations

import hashlib
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from snni.errors import ParameterError
from snni.twoparty.linear.geometry import ConvGeometry
from snni.twoparty.linear.params import C0_EXTRA_BITS, C1_EXTRA_BITS, ParameterSet, choose_params
from snni.twoparty.linear.tall import tall_image

HEADER_BYTES = 24
SEED_BYTES = 16
_ALIGN = 8  # coefficients sent of an upload: whole bytes for every width
_PAD = 64  # readable doubles after every row


def params_for(geometry: ConvGeometry, batch: int) -> ParameterSet:
    """The parameter set this layer takes. Raises ParameterError where none bears it."""
    return choose_params(geometry.fan_in, geometry.ring_bits, tall_image(geometry, batch).reach)


class Layout:
    """Cost and placement of one layer for `batch` frames.

    uploads, replies: ciphertexts each way; upload_bytes, reply_bytes: messages, headers included.
    Raises ParameterError: params do not bear the geometry.
    """

    def __init__(self, geometry: ConvGeometry, params: ParameterSet, batch: int) -> None:
        self.geometry, self.params, self.batch = geometry, params, batch
        self.tall = tall_image(geometry, batch)
        if geometry.fan_in > params.max_fan_in(geometry.ring_bits):
            raise ParameterError(f"{geometry.fan_in} terms in {geometry.ring_bits} bits exceed these parameters")
        if self.tall.reach >= params.degree:
            raise ParameterError(f"rows too wide: a window spans {self.tall.reach} coefficients")
        degree, tall = params.degree, self.tall
        shared = tall.overlap if tall.length <= 2 * degree else 0
        self.segment = tall.length - shared
        if self.segment <= degree and tall.outputs <= degree:
            self.valid, self.blocks = tall.outputs, 1
            self.channels_per_ciphertext = min(geometry.in_channels, degree // self.segment)
        else:
            self.valid = degree - tall.reach
            self.blocks = -(-tall.outputs // self.valid)
            self.channels_per_ciphertext = 1
        self.ciphertexts_per_phase = -(-geometry.in_channels // self.channels_per_ciphertext)
        self.ciphertexts_per_block = len(tall.phases) * self.ciphertexts_per_phase
        self.c0_bits = min(params.modulus_bits, geometry.ring_bits + C0_EXTRA_BITS)
        self.c1_bits = min(params.modulus_bits, geometry.ring_bits + C1_EXTRA_BITS)

    @property
    def uploads(self) -> int:
        return self.blocks * self.ciphertexts_per_block

    @property
    def replies(self) -> int:
        return self.blocks * self.geometry.out_channels

    @cached_property
    def upload_bytes(self) -> int:
        packed = (self.sent(j) * self.params.modulus_bits // 8 for j in range(self.blocks))
        return HEADER_BYTES + SEED_BYTES + self.ciphertexts_per_block * sum(packed)

    @cached_property
    def reply_bytes(self) -> int:
        packed = (self.c1_row_bytes + self.c0_row_bytes(j) for j in range(self.blocks))
        return HEADER_BYTES + self.geometry.out_channels * sum(packed)

    @cached_property
    def digest(self) -> bytes:
        """8 bytes that name geometry, parameters and batch; in every message's header."""
        return hashlib.sha256(repr((self.geometry, self.params, self.batch)).encode()).digest()[:8]

    @property
    def c1_row_bytes(self) -> int:
        return self.params.degree * self.c1_bits // 8

    def c0_row_bytes(self, block: int) -> int:
        return (len(self.positions(block)) * self.c0_bits + 7) // 8

    def sent(self, block: int) -> int:
        """How many leading coefficients of each of a block's uploads are sent: no valid output reads the others."""
        if self.blocks == 1:
            needed = (self.channels_per_ciphertext - 1) * self.segment + self.tall.length
        else:
            needed = self.tall.length - block * self.valid
        return min(self.params.degree, -(-needed // _ALIGN) * _ALIGN)

    def positions(self, block: int) -> NDArray[np.int32]:
        """int32, ascending: the coefficients of a block's replies that are outputs. Blocks in order are [B, OH, OW]."""
        return self._placement[0][block]

    def runs(self, block: int) -> NDArray[np.int64]:
        """int64 [batch]: how many of them belong to each frame."""
        return self._placement[1][block]

    @cached_property
    def _placement(self) -> tuple[list[NDArray[np.int32]], list[NDArray[np.int64]]]:
        every = self.tall.positions
        cuts = np.searchsorted(every, np.arange(self.blocks + 1) * self.valid)
        frame = len(every) // self.batch
        edges = np.arange(self.batch + 1) * frame
        positions, runs = [], []
        for block, (low, high) in enumerate(pairwise(cuts)):
            positions.append((every[low:high] - block * self.valid).astype(np.int32))
            runs.append(np.diff(np.clip(edges, low, high)).astype(np.int64))
        return positions, runs

    @property
    def extension(self) -> int:
        """Coefficients repeated, negated, after the N-th."""
        return (self.channels_per_ciphertext - 1) * self.segment + self.tall.reach

    @property
    def row_stride(self) -> int:
        return self.params.degree + self.extension + _PAD

    @cached_property
    def offsets(self) -> NDArray[np.int64]:
        """int64 [groups, fan_in]: where each term's row starts in a block's extended ciphertexts."""
        return term_offsets(self.geometry, self.batch, self.channels_per_ciphertext, self.segment, self.row_stride)

    def pack(self, block: int, laid: NDArray[np.uint32]) -> NDArray[np.uint32]:
        """A block's messages: uint32 [ciphertexts_per_block, at most N]. laid: self.tall.lay(masks)."""
        if self.blocks > 1:
            cut = laid[:, :, block * self.valid : block * self.valid + self.params.degree]
            return np.ascontiguousarray(cut.reshape(self.ciphertexts_per_block, -1))
        phases, channels, _ = laid.shape
        group = self.channels_per_ciphertext
        rows = np.zeros((phases, self.ciphertexts_per_phase * group, self.segment), np.uint32)
        rows[:, :channels] = laid[:, :, : self.segment]
        return rows.reshape(self.ciphertexts_per_block, group * self.segment)


def term_offsets(
    geometry: ConvGeometry, batch: int, channels_per_row: int, segment: int, row_stride: int
) -> NDArray[np.int64]:
    """int64 [groups, fan_in], terms in the order of the weights [channel, dy, dx]; rows ordered [phase, channels]."""
    taps = tall_image(geometry, batch).taps()
    channels = np.arange(geometry.in_channels)
    rows_per_phase = -(-geometry.in_channels // channels_per_row)
    start = channels // channels_per_row * row_stride + channels % channels_per_row * segment
    offsets = start[:, None] + taps[None, :, 0] * rows_per_phase * row_stride + taps[None, :, 1]
    return np.ascontiguousarray(offsets.reshape(geometry.groups, geometry.fan_in))
