"""A bound on what libav* allocates in one piece, in this process.

A camera says how long its description is, and a picture is as long as its packets say: both are gathered in one piece
until they end, and neither needs to. Without a bound they grow to 2 GiB within the time that a camera is waited for.
"""

from __future__ import annotations

import ctypes

import av._core

MAX_BLOCK_BYTES = 64 * 1024 * 1024
"""A plane of the largest picture (decoder.MAX_PIXELS), at two bytes a pixel, takes less than a third of it."""


def bound_blocks(most_bytes: int = MAX_BLOCK_BYTES) -> None:
    """From now on a longer block is refused, as if memory had ended: the session or the picture ends with an error.

    By `av_max_alloc` of libavutil (libavutil/mem.h), in the library that PyAV itself uses.
    """
    library = ctypes.CDLL(av._core.__file__)  # a symbol is also looked for in the libraries that it is linked with
    library.av_max_alloc.argtypes = [ctypes.c_size_t]
    library.av_max_alloc.restype = None
    library.av_max_alloc(most_bytes)
