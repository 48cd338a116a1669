"""Who is still to be told of what, as the audit log says it: a receiver's first day, every change, what it took.

A change is owed to every receiver of its topic that is known when it is written, until a line says that the receiver
has it. So whichever replica leads next knows what is left to deliver. A new receiver of consents is owed those that
stand. Receivers are named by a hash: a URL may hold a secret.
"""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from services.alerts.notify.consent_notice import ConsentNotice, consent_id, consent_notice
from services.alerts.notify.notification import UNTOLD, Notification, change_id, notification
from services.alerts.notify.told import Topic
from services.alerts.policy.alert import Transition
from services.alerts.policy.ward_act import WardAct, WardChange

OWED_LIMIT = 10_000
"""Of more than these the oldest is given up."""
REMEMBERED = 10_000
"""Written changes whose ids are known, the newest, so that a replay cannot tell them again."""
TOGETHER = 200
"""Deliveries that one line says were taken."""


@dataclass(slots=True)
class _Owed:
    """What one receiver is owed, by id, the oldest first."""

    topic: Topic
    waiting: OrderedDict[str, Transition | WardAct] = field(default_factory=OrderedDict)


class Undelivered:
    """A projection of the audit log."""

    def __init__(self) -> None:
        self._owed: dict[str, _Owed] = {}
        self._written: OrderedDict[str, None] = OrderedDict()
        self._consents: dict[str, WardAct] = {}

    @property
    def receivers(self) -> frozenset[str]:
        """Those that the log knows (keys)."""
        return frozenset(self._owed)

    def note(self, entry: Transition | WardAct) -> None:
        """Follow one line."""
        if isinstance(entry, Transition):
            self._change(entry)
            return
        match entry.change:
            case WardChange.RECEIVER_ADDED:
                self._add(entry)
            case WardChange.RECEIVER_REMOVED:
                self._owed.pop(entry.scope, None)
            case WardChange.DELIVERED if entry.scope in self._owed:
                ids = entry.details.get("ids")
                for name in ids if isinstance(ids, list) else ():
                    self._owed[entry.scope].waiting.pop(str(name), None)
            case WardChange.CONSENT_SET if entry.by is not None:
                self._consents[entry.scope] = entry
                self._owe(Topic.CONSENTS, consent_id(entry), entry)

    def owed(self, receiver: str) -> list[Notification | ConsentNotice]:
        """What a receiver (key) has not taken yet, the oldest first; it may have, just before a crash."""
        waiting = self._owed[receiver].waiting.values() if receiver in self._owed else ()
        return [_again(one) for one in waiting]

    def is_written(self, name: str) -> bool:
        """Whether a change (id) stands in the log."""
        return name in self._written

    def _add(self, added: WardAct) -> None:
        if added.scope in self._owed:
            return
        topic = Topic(str(added.details.get("topic", Topic.ALERTS)))
        self._owed[added.scope] = _Owed(topic)
        if topic is Topic.CONSENTS:
            self._owed[added.scope].waiting.update((consent_id(one), one) for one in self._consents.values())

    def _change(self, transition: Transition) -> None:
        if transition.change in UNTOLD:
            return
        name = change_id(transition)
        self._written[name] = None
        if len(self._written) > REMEMBERED:
            self._written.popitem(last=False)
        self._owe(Topic.ALERTS, name, transition)

    def _owe(self, topic: Topic, name: str, entry: Transition | WardAct) -> None:
        for owed in self._owed.values():
            if owed.topic is topic:
                owed.waiting[name] = entry
                if len(owed.waiting) > OWED_LIMIT:
                    owed.waiting.popitem(last=False)


def changed_receivers(known: frozenset[str], now: Mapping[str, Topic], at: datetime) -> list[WardAct]:
    """The lines by which the log learns of other receivers (keys) than it knows; what was owed to those gone is given
    up.
    """
    gone = [WardAct(WardChange.RECEIVER_REMOVED, key, at, None) for key in sorted(known.difference(now))]
    return gone + [
        WardAct(WardChange.RECEIVER_ADDED, key, at, None, {} if topic is Topic.ALERTS else {"topic": topic.value})
        for key, topic in now.items()
        if key not in known
    ]


def delivered(receiver: str, ids: Sequence[str], at: datetime) -> WardAct:
    """The line that says that a receiver (key) took changes (ids), at most TOGETHER."""
    return WardAct(WardChange.DELIVERED, receiver, at, None, {"ids": list(ids)})


def _again(entry: Transition | WardAct) -> Notification | ConsentNotice:
    return notification(entry, True) if isinstance(entry, Transition) else consent_notice(entry, True)
