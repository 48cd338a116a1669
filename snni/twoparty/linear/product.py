"""Where the server multiplies ciphertexts by weights: this machine's cores, or a torch device (CUDA).

[out[m][x] = sum_k weights[m][k] * operand[offsets[k] + x] mod q] <- convolve.  Exact on either: 27-bit digits times
8-bit weights over at most 2^19 terms are integers below 2^53, so doubles add up exactly in any order
(native/twoparty/linear/product.h). Cores that multiply bytes take residues apart into bytes where enough outputs share
an operand's (native/twoparty/linear/limbs.h): the same words. Public-key work, masks and packing stay on the cores.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from snni.errors import ParameterError
from snni.twoparty import _linear
from snni.twoparty.linear.geometry import ConvGeometry
from snni.twoparty.linear.layout import Layout
from snni.twoparty.linear.params import LARGE, ParameterSet

_TERMS_AT_A_TIME = 512  # bounds the device's memory: terms times columns doubles, twice
_SHARED = 8  # outputs of a group for which taking operands apart by bytes pays


def in_bytes(geometry: ConvGeometry) -> bool:
    """Whether this machine's cores compute a convolution's products in bytes."""
    shared = geometry.out_channels // geometry.groups
    return _linear.has_limb_kernels() and shared >= _SHARED and geometry.fan_in <= _linear.MAX_LIMB_TERMS


def digits_of(values: NDArray[np.uint64], layout: Layout) -> NDArray[np.float64]:
    """Both signed digits of ciphertexts, float64 [2, rows, stride]."""
    params = layout.params
    return _linear.digits(values, params.modulus, params.digit_bits, layout.extension, layout.row_stride)


class Product(Protocol):
    """Operands are placed once and multiplied by many portions of weights."""

    def place(self, values: NDArray[np.uint64], layout: Layout) -> Any:
        """Ciphertexts of a block, uint64 [rows, degree], extended as the layout reads them, to where products are
        computed."""
        ...

    def convolve(
        self,
        operand: Any,
        offsets: NDArray[np.int64],
        weights: NDArray[np.int8],
        columns: int,
        params: ParameterSet,
    ) -> NDArray[np.uint64]:
        """uint64 [outputs, columns], each below the modulus. offsets: int64 [groups, terms]; weights: int8 [outputs,
        terms]."""
        ...


class CoreProduct:
    """On this machine's cores, natively."""

    def place(self, values: NDArray[np.uint64], layout: Layout) -> NDArray[np.float64] | NDArray[np.uint8]:
        """Bytes uint8 [limbs, rows, stride] or digits float64 [2, rows, stride], whichever are faster here."""
        if in_bytes(layout.geometry):
            return _linear.limbs(values, layout.params.modulus, layout.extension, layout.row_stride)
        return digits_of(values, layout)

    def convolve(
        self,
        operand: Any,
        offsets: NDArray[np.int64],
        weights: NDArray[np.int8],
        columns: int,
        params: ParameterSet,
    ) -> NDArray[np.uint64]:
        """As Product says."""
        if operand.dtype == np.uint8:  # what `place` made
            return _linear.convolve_limbs(operand, offsets, weights, columns, params.modulus)
        return _linear.convolve(operand, offsets, weights, columns, params.modulus, params.digit_bits)


class TorchProduct:
    """On a torch device. Every term is multiplied, zero weights too: time and bytes tell nothing of them.

    Raises:
        ParameterError: torch or the device is not there, or it does not multiply exactly (some libraries emulate
            doubles with narrower units): found out before it sees a ciphertext.
    """

    def __init__(self, device: str) -> None:
        try:
            import torch
        except ImportError as error:
            raise ParameterError(f"device {device} needs torch: install veilward[server-cuda]") from error
        self._torch = torch
        try:
            self._device = torch.device(device)
            torch.zeros(1, device=self._device)
        except (RuntimeError, AssertionError) as error:
            raise ParameterError(f"no device {device} here: {str(error).splitlines()[0]}") from error
        self._self_test()

    def place(self, values: NDArray[np.uint64], layout: Layout) -> Any:
        """Their digits' copy on the device."""
        return self._placed(digits_of(values, layout))

    def _placed(self, digits: NDArray[np.float64]) -> Any:
        return self._torch.from_numpy(digits.reshape(2, -1)).to(self._device)

    def convolve(
        self,
        operand: Any,
        offsets: NDArray[np.int64],
        weights: NDArray[np.int8],
        columns: int,
        params: ParameterSet,
    ) -> NDArray[np.uint64]:
        """As Product says."""
        torch, (groups, terms) = self._torch, offsets.shape
        matrix = torch.from_numpy(weights.reshape(groups, -1, terms)).to(self._device, torch.float64)
        starts = torch.from_numpy(offsets).to(self._device)
        window = torch.arange(columns, device=self._device)
        sums = torch.zeros(2, groups, matrix.shape[1], columns, dtype=torch.float64, device=self._device)
        for first in range(0, terms, _TERMS_AT_A_TIME):
            part = slice(first, first + _TERMS_AT_A_TIME)
            rows = operand[:, starts[:, part, None] + window]  # [2, groups, terms, columns]
            sums += torch.matmul(matrix[None, :, :, part], rows)
        low, high = sums.reshape(2, -1, columns)
        found: NDArray[np.int64] = self._recombined(low, high, params.modulus, params.digit_bits).cpu().numpy()
        return found.view(np.uint64)

    def _recombined(self, low: Any, high: Any, q: int, digit_bits: int) -> Any:
        """high * 2^digit_bits + low mod q: a quotient in doubles, the rest exact modulo 2^64 (native product.h)."""
        torch = self._torch
        quotient = torch.round(high * (2.0**digit_bits / q) + low * (1.0 / q)).to(torch.int64)
        rest = (high.to(torch.int64) << digit_bits) + low.to(torch.int64) - quotient * q
        rest = torch.where(rest < 0, rest + q, rest)
        return torch.where(rest >= q, rest - q, rest)

    def _self_test(self) -> None:
        """Extremes of weights and digits, and signs that cancel but for one unit, against the cores."""
        q, bits, terms, columns = LARGE.modulus, LARGE.digit_bits, 4096, 16
        top = 1 << (bits - 1)
        digits = np.empty((2, 1, terms + columns))
        digits[:, :, 0::2], digits[:, :, 1::2] = -top, top - 1
        offsets = np.arange(terms, dtype=np.int64)[None]
        weights = np.full((8, terms), -128, np.int8)
        weights[1::2, 1::2], weights[2:4, ::3], weights[4:, -1] = 127, 1, 3
        expected = _linear.convolve(digits, offsets, weights, columns, q, bits)
        if not np.array_equal(self.convolve(self._placed(digits), offsets, weights, columns, LARGE), expected):
            raise ParameterError(f"device {self._device} does not multiply doubles exactly: use the cores")


CORES = CoreProduct()


def product_on(device: str) -> Product:
    """`cpu` for the cores; a torch device otherwise, `cuda` or `cuda:1`. Raises ParameterError."""
    return CORES if device == "cpu" else TorchProduct(device)
