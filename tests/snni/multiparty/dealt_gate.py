"""A gate, dealt and evaluated; its bytes as declared."""

from __future__ import annotations

import numpy as np

from snni.multiparty.gate import GateShape, deal_gate, evaluate_gate, take_gate
from snni.wire.framing import HEADER
from tests.snni.multiparty.evaluators import run


def gate(shape: GateShape, c, s, mask):
    """y, and the two evaluators' views."""

    def evaluate(role, dealt, opening):
        return evaluate_gate(shape, role, take_gate(shape, dealt), s, opening)

    opened, seen, dealt = run(lambda dealer: deal_gate(shape, dealer, c, mask), evaluate)
    assert dealt == shape.dealt_bytes
    for view in seen:
        assert view.sent == sum(HEADER.size + size for size in shape.opened_bytes)
    return (opened + mask) & np.uint32((1 << shape.bits) - 1), seen
