"""How the dealer's values reach the evaluators as two shares: the first draws its own, the second is sent the rest.

What the second evaluator receives is a value less (or XOR) a stream that it does not know: uniform to it. The first
receives nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from snni.multiparty.forms import Checks, Form, Unchecked
from snni.multiparty.keys import DealerKeys, DealtStream
from snni.wire.packing import U32, Reader


class Dealer:
    """Collects one step's message to the second evaluator. own: what it masks by that no evaluator can draw."""

    def __init__(self, keys: DealerKeys, number: int, checks: Checks | None = None) -> None:
        """number: of the run that is dealt for. checks: what becomes of the forms of what will be opened."""
        self._first: DealtStream = keys.first.dealt(number)
        self.own = keys.own.own(number)
        self._checks = checks or Unchecked()
        self._parts: list[bytes | memoryview] = []

    def additive(self, values: U32, bits: int) -> None:
        """Share uint32 [n], taken mod 2^bits, as a sum."""
        self._parts.append(self._first.off_sum(values.reshape(-1), bits).data)

    def boolean(self, words: U32, bits: int) -> None:
        """Share uint32 [n] below 2^bits as an XOR."""
        self._parts.append(self._first.off_bits(words, bits).data)

    def opens(self, form: Callable[[], Form]) -> None:
        """The next value that the evaluators open is of this form."""
        self._checks.add(form)

    def message(self) -> bytes:
        """Everything since the last one, in order."""
        parts, self._parts = self._parts, []
        return b"".join(parts)


class Dealt(Protocol):
    """One evaluator's shares, in the order in which they were dealt."""

    def additive(self, count: int, bits: int) -> U32: ...

    def boolean(self, count: int, bits: int) -> U32: ...


class FirstDealt:
    """The first evaluator draws its shares."""

    def __init__(self, stream: DealtStream) -> None:
        self._stream = stream

    def additive(self, count: int, bits: int) -> U32:
        return self._stream.draw(count, bits)

    def boolean(self, count: int, bits: int) -> U32:
        return self._stream.draw(count, bits)


class SecondDealt:
    """The second reads them off the dealer's message. Raises WireError where it is short."""

    def __init__(self, message: memoryview) -> None:
        self._reader = Reader(message)

    def additive(self, count: int, bits: int) -> U32:
        return self._reader.words(count, bits)

    def boolean(self, count: int, bits: int) -> U32:
        return self._reader.words(count, bits)

    def end(self) -> None:
        """Nothing may be left. Raises WireError."""
        self._reader.end()
