"""The dealer's side of a check: every opened value from its hidden terms, and whether the evaluators opened that.

  z - public + psi = form(terms + u) + constant + aside + chi   (SWIFT, eprint 2020/592, section III)

What the evaluators say that they opened comes as a hash of all, from each; the terms as values from the first and as a
hash from the second. Any difference ends the session: there is no tolerance, and it does not depend on a secret.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NoReturn

from snni.errors import CorrelationError, DeviationError
from snni.multiparty.check.opening import CLAIM, CLOSE, HASH_BYTES
from snni.multiparty.check.witness import CORRECTION
from snni.multiparty.forms import Form
from snni.ring.arithmetic import reduce
from snni.wire.channel import Channel
from snni.wire.packing import U32, Reader, pack, packed_bytes


@dataclass(frozen=True)
class _Kept:
    """A form, and what is added to it."""

    form: Form
    rest: U32


class Verification:
    """Implements ``Checks``: keeps every form. ``hear`` its corrections ahead, ``run`` once."""

    def __init__(self) -> None:
        self._forms: list[Form] = []
        self._kept: list[_Kept] | None = None

    def __reduce__(self) -> NoReturn:
        raise TypeError("a verification is never pickled or copied: it serves one run")

    def add(self, form: Callable[[], Form]) -> None:
        self._forms.append(form())

    def hear(self, witness: Channel) -> None:
        """Take the witness's correction of each form. Raises WireError."""
        self.correct([_heard(form, witness) for form in self._forms])

    def correct(self, chis: Sequence[U32]) -> None:
        """Take the correction of each form, uint32 [count]."""
        self._kept = [_Kept(form, _rest(form, chi)) for form, chi in zip(self._forms, chis, strict=True)]
        self._forms = []

    def run(self, first: Channel, second: Channel) -> None:
        """Follow one run. Raises DeviationError: an evaluator opened what it should not, or told what it did not do.
        CorrelationError: nothing was heard of the witness, or this was used."""
        if self._kept is None:
            raise CorrelationError("this run's checks are not made, or were used")
        kept, self._kept = self._kept, None
        terms, opened = (hashlib.blake2b(digest_size=HASH_BYTES) for _ in range(2))
        while kept:
            one = kept.pop(0)
            widths = one.form.widths
            claim = first.recv(CLAIM, sum(packed_bytes(count, bits) for count, bits in widths))
            terms.update(claim)
            reader = Reader(claim)
            values = one.form.of([reader.words(count, bits) for count, bits in widths])
            reader.end()
            whole = values ^ one.rest if one.form.boolean else reduce(values + one.rest, one.form.bits)
            opened.update(pack(whole, one.form.bits))
        expected = terms.digest() + opened.digest()
        said = [bytes(channel.recv(CLOSE, 2 * HASH_BYTES)) for channel in (first, second)]
        if not all([hmac.compare_digest(each, expected) for each in said]):
            raise DeviationError("what the evaluators opened is not what follows from what was dealt")


def _heard(form: Form, witness: Channel) -> U32:
    reader = Reader(witness.recv(CORRECTION, packed_bytes(form.count, form.bits)))
    chi = reader.words(form.count, form.bits)
    reader.end()
    return chi


def _rest(form: Form, chi: U32) -> U32:
    if form.boolean:
        return chi ^ form.constant
    return chi + form.constant if form.aside is None else chi + form.constant + form.aside
