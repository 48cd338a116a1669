"""What is written about a ward that is no step of an alert: pauses, plans, technical alarms; who leads, who was told.

Values only.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from services.alerts.actor import Actor


class WardChange(StrEnum):
    """Kinds of such acts."""

    ALARMS_PAUSED = "alarms_paused"
    ALARMS_RESUMED = "alarms_resumed"
    SOUND_PAUSED = "sound_paused"
    SOUND_RESUMED = "sound_resumed"
    PLAN_SET = "plan_set"
    PLAN_ENDED = "plan_ended"
    FAULT_SEEN = "fault_seen"
    FAULT_HANDED_OVER = "fault_handed_over"
    LED = "led"
    RECEIVER_ADDED = "receiver_added"
    RECEIVER_REMOVED = "receiver_removed"
    DELIVERED = "delivered"
    CONSENT_SET = "consent_set"
    CAMERA_PAUSED = "camera_paused"
    CAMERA_RESUMED = "camera_resumed"
    CARE_TIMES_SET = "care_times_set"


CONSENTS = frozenset(
    {WardChange.CONSENT_SET, WardChange.CAMERA_PAUSED, WardChange.CAMERA_RESUMED, WardChange.CARE_TIMES_SET}
)
"""What a camera's standing is made of; each has the whole of what it sets."""


@dataclass(frozen=True, slots=True)
class WardAct:
    """One act. scope: what it is about: <ward>, <ward>/<room>, <ward>/<room>/<camera>, and for a technical alarm its
    key after that; <site> for who leads it, and a receiver's key for what it was told. by: None where it ended by
    itself, or the service did it. details: JSON values, before and after.
    """

    change: WardChange
    scope: str
    at: datetime
    by: Actor | None
    details: Mapping[str, object] = field(default_factory=dict)
