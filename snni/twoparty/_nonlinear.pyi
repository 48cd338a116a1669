"""Kernels of the online nonlinear protocols."""

import numpy as np
from numpy.typing import NDArray

_U8 = NDArray[np.uint8]
_U16 = NDArray[np.uint16]
_U32 = NDArray[np.uint32]

def isas() -> list[str]: ...
def use_isa(isa: str) -> None: ...
def leaf_words(
    s: _U32, shift: int, digit_bits: int, e: _U8, carry: _U8, share: _U8, pads: _U32, words: _U32
) -> None: ...
def leaf_open(words: _U32, rho: _U8, pads: _U8, share: _U8) -> None: ...
def wide_words(
    s: _U32, shift: int, digit_bits: int, e: _U8, carry: _U8, share: _U8, pads: _U32, words: _U32
) -> None: ...
def wide_open(words: _U32, bits: int, rho: _U8, pads: _U8, share: _U8) -> None: ...
def leaf_choice(c: _U32, shift: int, digit_bits: int, rho: _U8, e: _U8) -> None: ...
def table_fill(c: _U32, shift: int, digit_bits: int, carry_mask: _U8, tables: _U32) -> None: ...
def table_swap_client(tables: _U32, stage: int, bits: int, p0: _U32, p1: _U32, correction: _U32) -> None: ...
def table_swap_server(tables: _U32, stage: int, bits: int, rho: _U8, pad: _U16, correction: _U32) -> None: ...
def table_look(tables: _U32, at: _U8, share: _U8) -> None: ...
def server_product(lambda_s: _U8, s: _U32, p0: _U32, p1: _U32, bits: int, z: _U32) -> None: ...
def mask_payload(lambda_c: _U8, c: _U32, p0: _U32, p1: _U32, bits: int, shares: _U32, corrections: _U32) -> None: ...
def mask_extended(
    lambda_c: _U8,
    c: _U32,
    pads: _U32,
    window: int,
    bits: int,
    low: _U32,
    high: _U32,
    low_corrections: _U32,
    high_corrections: _U32,
) -> None: ...
def unmask_payload(lambda_s: _U8, pad: _U32, corrections: _U32, bits: int, shares: _U32) -> None: ...
def unmask_extended(
    choices: _U8,
    pads: _U32,
    low_corrections: _U32,
    high_corrections: _U32,
    window: int,
    bits: int,
    low: _U32,
    high: _U32,
) -> None: ...
def client_part(
    delta: _U8,
    eps: _U8,
    lambda_c: _U8,
    c: _U32,
    p: _U32,
    z: _U32,
    low: _U32,
    high: _U32,
    window: int,
    bits: int,
    y: _U32,
) -> None: ...
def server_part(
    delta: _U8, eps: _U8, lambda_s: _U8, s: _U32, p0: _U32, low: _U32, high: _U32, window: int, bits: int, y: _U32
) -> None: ...
def mask_wrap(c: _U32, p0: _U32, p1: _U32, window: int, high_bits: int, shares: _U32, corrections: _U32) -> None: ...
def client_extended(eps: _U8, own: _U32, share: _U32, window: int, bits: int, y: _U32) -> None: ...
def server_extended(eps: _U8, own: _U32, share: _U32, window: int, bits: int, y: _U32) -> None: ...
def masked_share(v: _U32, p0: _U32, p1: _U32, window: int, sigma: _U32, theta: _U8, top: _U8) -> None: ...
def word_of(
    d: _U8,
    lambda_c: _U8,
    c: _U32,
    p: _U32,
    sigma: _U32,
    lambda2: _U8,
    phi: _U8,
    eps: _U8,
    kappa: _U32,
    mu: _U32,
    steer: _U32,
    half: int,
    window: int,
    bits: int,
    word: _U32,
) -> None: ...
def cover_words(
    opening: _U8, e0: _U8, e1: _U8, zero0: _U32, one0: _U32, zero1: _U32, one1: _U32, first: _U32, second: _U32
) -> None: ...
def uncover_word(
    known: _U8,
    bit0: _U8,
    bit1: _U8,
    pad0: _U32,
    pad1: _U32,
    first: _U32,
    second: _U32,
    width: int,
    word: _U32,
    bit: _U8,
) -> None: ...
def share_of(
    delta: _U8,
    word: _U32,
    p0: _U32,
    p1: _U32,
    theta: _U8,
    top: _U8,
    phi: _U8,
    eps: _U8,
    kappa: _U32,
    mu: _U32,
    window: int,
    bits: int,
    y: _U32,
) -> None: ...
