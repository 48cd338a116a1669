"""A consent, as the care record is told that it was recorded, or withdrawn."""

import hashlib
from dataclasses import dataclass, replace
from typing import Self

from services.alerts.codec import instant
from services.alerts.policy.ward_act import WardAct


@dataclass(frozen=True, slots=True)
class ConsentNotice:
    """id: 32 hexadecimal digits. act: a CONSENT_SET, by somebody. redelivered: it may have been delivered before."""

    id: str
    act: WardAct
    redelivered: bool = False

    @property
    def about(self) -> str:
        """The camera (key)."""
        return self.act.scope

    def again(self) -> Self:
        """The same, told again."""
        return replace(self, redelivered=True)


def consent_id(act: WardAct) -> str:
    """The name of what was recorded: of a camera, at a moment."""
    return hashlib.sha256(f"consent {act.scope} {instant(act.at)}".encode()).hexdigest()[:32]


def consent_notice(act: WardAct, redelivered: bool = False) -> ConsentNotice:
    """What is told of it."""
    return ConsentNotice(consent_id(act), act, redelivered)
