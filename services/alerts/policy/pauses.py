"""Two different silences, which both end by themselves. Pure.

An alarm pause stops the calls of one room, because somebody is at the bed; alerts are raised and shown. An audio pause
stops the sound of a ward's screens, because everybody heard it; whatever calls then is seen, and a new call of level 3
ends the pause.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from services.alerts.actor import Actor
from services.alerts.policy.alert import Transition
from services.alerts.policy.holds import Pause
from services.alerts.policy.thresholds import SEVERE, Thresholds


def alarm_pause(by: Actor, seconds: float, reason: str, now: datetime, rules: Thresholds) -> Pause:
    """A pause from now on, no longer than the rules allow. Raises ValueError unless it lasts."""
    if not seconds > 0:
        raise ValueError("a pause lasts longer than nothing")
    return Pause(by, now, now + timedelta(seconds=min(seconds, rules.pause_limit_s)), reason)


def audio_pause(by: Actor, now: datetime, rules: Thresholds) -> Pause:
    """The sound is off from now on for a while."""
    return Pause(by, now, now + timedelta(seconds=rules.audio_pause_s))


def is_running(pause: Pause | None, now: datetime) -> bool:
    """Whether a pause has begun and not ended."""
    return pause is not None and now < pause.until


def breaks_audio_pause(changes: Iterable[Transition]) -> bool:
    """Whether these changes call for somebody so urgently that the sound comes back."""
    return any(one.calls and one.alert.level >= SEVERE for one in changes)
