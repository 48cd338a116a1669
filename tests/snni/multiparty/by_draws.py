"""What is dealt, shared as DealtStream defines it: by a draw and numpy, so that a test can take a draw away.

The kernels of snni/native/multiparty/gate draw and hide in one pass; tests/snni/native/test_gate.py holds them to this.
"""

from __future__ import annotations

import numpy as np

from snni.multiparty.keys import DealtStream
from snni.wire.packing import pack

OVER = {"off_sum": np.subtract, "off_bits": np.bitwise_xor}


def share_by_draws(monkeypatch) -> None:
    """From now on, every stream's `draw` is called for what it hides."""
    for method, over in OVER.items():
        monkeypatch.setattr(
            DealtStream,
            method,
            lambda one, x, bits, over=over: np.frombuffer(pack(over(x, one.draw(x.size, bits)), bits), np.uint8),
        )
