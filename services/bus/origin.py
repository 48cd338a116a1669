"""Where an event of the ward's stream came from, and whether the store there started over.

A stream that sources another one writes into each message's headers which stream it was and the number there. OUT
counts on by one, and begins above every former number (services.bus.outgoing), so a jump says that a device's store was
emptied: what it held and had not sent is lost.
"""

from __future__ import annotations

from collections.abc import Mapping

SOURCE = "Nats-Stream-Source"
JUMP = 10_000
"""More numbers than a store drops at its limits between two events that the hub sees, fewer than ten seconds are."""

LONGEST = 20
"""Digits of a stream's number, which has 64 bits."""

Origin = tuple[str, int]


def origin_of(headers: Mapping[str, str] | None) -> Origin | None:
    """(name of the source, number there); None for what was not sourced."""
    name, _, rest = (headers or {}).get(SOURCE, "").partition(" ")
    number = rest.split(" ", 1)[0]
    known = name and number.isascii() and number.isdecimal() and len(number) <= LONGEST
    return (name, int(number)) if known else None


class Origins:
    """The last number of each source."""

    def __init__(self) -> None:
        self._last: dict[str, int] = {}

    def started_over(self, origin: Origin | None) -> bool:
        """Note an event's origin; whether its store started over since the event before."""
        if origin is None:
            return False
        name, number = origin
        last = self._last.get(name)
        self._last[name] = number if last is None else max(last, number)
        return last is not None and number - last > JUMP
