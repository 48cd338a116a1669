"""Who is still to be told of what, as the audit log says it: a receiver's first day, every change, what it took.

A change is owed to every receiver that is known when it is written, until a line says that the receiver has it. So
whichever replica leads next knows what is left to deliver. Receivers are named by a hash: a URL may hold a secret.
"""

from collections import OrderedDict
from collections.abc import Sequence
from datetime import datetime

from services.alerts.notify.notification import UNTOLD, Notification, change_id, notification
from services.alerts.policy.alert import Transition
from services.alerts.policy.ward_act import WardAct, WardChange

OWED_LIMIT = 10_000
"""Of more than these the oldest is given up."""
REMEMBERED = 10_000
"""Written changes whose ids are known, the newest, so that a replay cannot tell them again."""
TOGETHER = 200
"""Deliveries that one line says were taken."""


class Deliveries:
    """A projection of the audit log."""

    def __init__(self) -> None:
        self._owed: dict[str, OrderedDict[str, Transition]] = {}
        self._written: OrderedDict[str, None] = OrderedDict()

    @property
    def receivers(self) -> frozenset[str]:
        """Those that the log knows (keys)."""
        return frozenset(self._owed)

    def note(self, entry: Transition | WardAct) -> None:
        """Follow one line."""
        if isinstance(entry, Transition):
            self._owe(entry)
            return
        match entry.change:
            case WardChange.RECEIVER_ADDED:
                self._owed.setdefault(entry.scope, OrderedDict())
            case WardChange.RECEIVER_REMOVED:
                self._owed.pop(entry.scope, None)
            case WardChange.DELIVERED:
                owed = self._owed.get(entry.scope, OrderedDict())
                ids = entry.details.get("ids")
                for name in ids if isinstance(ids, list) else ():
                    owed.pop(str(name), None)

    def owed(self, receiver: str) -> list[Notification]:
        """What a receiver (key) has not taken yet, the oldest first; it may have, just before a crash."""
        return [notification(one, redelivered=True) for one in self._owed.get(receiver, {}).values()]

    def is_written(self, name: str) -> bool:
        """Whether a change (id) stands in the log."""
        return name in self._written

    def _owe(self, transition: Transition) -> None:
        if transition.change in UNTOLD:
            return
        name = change_id(transition)
        self._written[name] = None
        if len(self._written) > REMEMBERED:
            self._written.popitem(last=False)
        for owed in self._owed.values():
            owed[name] = transition
            if len(owed) > OWED_LIMIT:
                owed.popitem(last=False)


def changed_receivers(known: frozenset[str], now: Sequence[str], at: datetime) -> list[WardAct]:
    """The lines by which the log learns of other receivers than it knows; what was owed to those gone is given up."""
    gone = [WardAct(WardChange.RECEIVER_REMOVED, key, at, None) for key in sorted(known.difference(now))]
    return gone + [WardAct(WardChange.RECEIVER_ADDED, key, at, None) for key in now if key not in known]


def delivered(receiver: str, ids: Sequence[str], at: datetime) -> WardAct:
    """The line that says that a receiver (key) took changes (ids), at most TOGETHER."""
    return WardAct(WardChange.DELIVERED, receiver, at, None, {"ids": list(ids)})
