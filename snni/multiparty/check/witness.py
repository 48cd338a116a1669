"""The witness's side of a check: of every form, what the dealer lacks to compute the opened value from hidden terms.

chi = psi - form(u) - aside, for u that hide the terms, psi that hides the rest (SWIFT, eprint 2020/592, section III).
"""

from __future__ import annotations

from collections.abc import Callable

from snni.multiparty.forms import Form
from snni.multiparty.keys import DealtStream
from snni.ring.arithmetic import reduce
from snni.wire.channel import Channel
from snni.wire.packing import U32, pack

CORRECTION = 0x64  # frame tag, from the witness to the dealer: chi of one form


class Corrections:
    """Implements ``Checks``: each form's correction goes to the dealer at once. hiding: the evaluators' stream."""

    def __init__(self, hiding: DealtStream, dealer: Channel) -> None:
        self._hiding, self._dealer = hiding, dealer

    def add(self, form: Callable[[], Form]) -> None:
        made = form()
        masks = [self._hiding.draw(count, bits) for count, bits in made.widths]
        self._dealer.send(CORRECTION, pack(self._correction(made, masks), made.bits))

    def _correction(self, form: Form, masks: list[U32]) -> U32:
        psi = self._hiding.draw(form.count, form.bits)
        if form.boolean:
            return psi ^ form.of(masks)
        rest = psi - form.of(masks)
        return reduce(rest if form.aside is None else rest - form.aside, form.bits)
