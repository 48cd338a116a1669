"""What a convolution among three servers does around its product of doubles."""

import numpy as np
from numpy.typing import NDArray

_U32 = NDArray[np.uint32]
_U64 = NDArray[np.uint64]
_F64 = NDArray[np.float64]
_Pair = tuple[int, int]

def windows(x: _U32, kernel: _Pair, stride: _Pair, padding: _Pair, bits: int) -> _F64: ...
def wide_windows(x: _U64, kernel: _Pair, stride: _Pair, padding: _Pair, bits: int) -> _F64: ...
def joined(sums: _F64, limbs: int, limb_bits: int, images: int, bits: int) -> _U32: ...
