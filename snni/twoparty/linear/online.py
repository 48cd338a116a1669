"""The server's online product: the same convolution on its own share, in the clear."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from snni.errors import ParameterError
from snni.twoparty import _linear
from snni.twoparty.linear.geometry import ConvGeometry
from snni.twoparty.linear.layout import term_offsets
from snni.twoparty.linear.product import in_bytes
from snni.twoparty.linear.server import check_weights
from snni.twoparty.linear.tall import tall_image

_PAD = 64  # readable doubles after every row


@lru_cache(maxsize=256)
def _offsets(geometry: ConvGeometry) -> NDArray[np.int64]:
    length = tall_image(geometry, 1).length
    return term_offsets(geometry, 1, 1, 0, length + _PAD)


def conv_ring(geometry: ConvGeometry, weights: NDArray[np.int8], x: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """W x mod 2^ring_bits, exactly.

    weights: int8 [out_channels, in_channels / groups, kh, kw]; x: uint32 [in_channels, height, width], reduced here.
    -> uint32 [out_channels, out_height, out_width]. Raises ParameterError: shape or type.
    """
    g = geometry
    if x.dtype != np.uint32 or x.shape != (g.in_channels, g.height, g.width):
        raise ParameterError(f"x is {x.dtype} {x.shape}, expected uint32 {(g.in_channels, g.height, g.width)}")
    tall = tall_image(g, 1)
    laid = tall.lay(x[None] & np.uint32((1 << g.ring_bits) - 1), extra=_PAD)
    rows, matrix = laid.reshape(-1, tall.length + _PAD), check_weights(g, weights)
    if in_bytes(g):
        planes = _linear.ring_limbs(rows, g.ring_bits)
        out = _linear.convolve_ring_limbs(planes, _offsets(g), matrix, tall.outputs, g.ring_bits)
    else:
        out = _linear.convolve_ring(rows.astype(np.float64), _offsets(g), matrix, tall.outputs, g.ring_bits)
    return out[:, tall.positions].reshape(g.out_channels, g.out_height, g.out_width)
