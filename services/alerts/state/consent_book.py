"""What stands for every camera: consents, pauses, times of care. The audit log has it too, and gives it back.

Every change is an act, and every act is taken in the same way, whether it is new or was read from the log.
"""

import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta, tzinfo

from services.alerts.actor import Actor
from services.alerts.codec import Json, encode_by, instant, read_instant
from services.alerts.consent_codec import (
    decode_consent,
    decode_pause,
    decode_times,
    encode_consent,
    encode_pause,
    encode_times,
)
from services.alerts.policy.consent import LONGEST_PAUSE, CameraPause, CareTime, Consent, Lifted, Standing, Stop
from services.alerts.policy.errors import ConsentError
from services.alerts.policy.ward_act import WardAct, WardChange
from services.runtime.logging import get_logger, log_event

LIFTED_KEPT = timedelta(hours=24)
MOST_LIFTED = 16
NOTHING = Standing()

_log = get_logger("alerts")


class ConsentBook:
    """By camera (key). zone: of times of care, and of the day on which a consent is good no longer."""

    def __init__(self, zone: tzinfo) -> None:
        self.zone = zone
        self._standing: dict[str, Standing] = {}
        self._logged: dict[str, datetime] = {}
        """Until when a camera is paused by the newest such act, whatever the clock was set to since."""

    def of(self, camera: str) -> Standing:
        """What stands for a camera."""
        return self._standing.get(camera, NOTHING)

    def basis(self, camera: str, now: datetime) -> str:
        """On what its pictures are processed, in the words of services/bus/statement.py."""
        return self.of(camera).basis(now.astimezone(self.zone).date())

    def running(self, camera: str, now: datetime) -> Stop | None:
        """What the ward stops a camera by at a moment."""
        return self.of(camera).running(now, self.zone)

    def set_consent(self, camera: str, consent: Consent) -> WardAct:
        """Record a consent, or that it was withdrawn."""
        before = self.of(camera).consent
        details: Json = {
            "before": None if before is None else encode_consent(before),
            "consent": encode_consent(consent),
        }
        return self.follow(WardAct(WardChange.CONSENT_SET, camera, consent.at, consent.by, details))

    def pause(self, camera: str, by: Actor, minutes: float, why: str, now: datetime) -> WardAct:
        """Process nothing of a camera for a while. Raises ConsentError."""
        lasts = timedelta(minutes=minutes) if 0 < minutes < 1e6 else timedelta(0)
        if not timedelta(0) < lasts <= LONGEST_PAUSE:
            raise ConsentError("a pause lasts from a minute to a day")
        details = encode_pause(CameraPause(by, now, now + lasts, why))
        return self.follow(WardAct(WardChange.CAMERA_PAUSED, camera, now, by, details))

    def resume(self, camera: str, by: Actor, in_room: str, now: datetime) -> WardAct | None:
        """End a camera's pause, and the one begun in the room, by its id; None where there is nothing to end."""
        standing = self.of(camera)
        running = standing.pause is not None and standing.pause.until > now
        lifted = [one for one in standing.lifted if now - one.at < LIFTED_KEPT]
        fresh = bool(in_room) and all(one.pause != in_room for one in lifted)
        if not running and not fresh:
            return None
        if fresh:
            lifted = [*lifted, Lifted(in_room, by, now)][-MOST_LIFTED:]
        told = [encode_by(one.by) | {"pause": one.pause, "at": instant(one.at)} for one in lifted]
        return self.follow(WardAct(WardChange.CAMERA_RESUMED, camera, now, by, {"lifted": told}))

    def set_times(self, camera: str, times: tuple[CareTime, ...], by: Actor, now: datetime) -> WardAct:
        """The times of care of a camera, instead of those of before."""
        details: Json = {"before": encode_times(self.of(camera).times), "times": encode_times(times)}
        return self.follow(WardAct(WardChange.CARE_TIMES_SET, camera, now, by, details))

    def follow(self, act: WardAct) -> WardAct:
        """Take an act in. Raises ConsentError for one that cannot be read."""
        if act.by is None:
            raise ConsentError("nobody did it")
        standing = self._standing[act.scope] = _changed(self.of(act.scope), act, act.by)
        if act.change is WardChange.CAMERA_PAUSED and standing.pause is not None:
            self._logged[act.scope] = standing.pause.until
        return act

    def restore(self, acts: Mapping[tuple[WardChange, str], WardAct], now: datetime) -> None:
        """Take in what the audit log has, in its order. What cannot be read is left out: it allows nothing.

        A pause that would begin later than now was begun before the clock was set: it runs, for as long as it lasts.
        """
        for act in acts.values():
            try:
                self.follow(act)
            except ConsentError:
                log_event(_log, "consent_left_out", logging.ERROR, scope=act.scope, change=act.change.value)
        for camera, standing in self._standing.items():
            if (pause := standing.pause) is not None and pause.at > now:
                begun = replace(pause, at=now, until=pause.until - (pause.at - now))
                self._standing[camera] = replace(standing, pause=begun)

    def told_again(self, now: datetime) -> list[WardAct]:
        """The pauses that run now, or by the log would run, by the clock as it was just set: acts for the log."""
        acts = []
        for camera, standing in self._standing.items():
            if (pause := standing.pause) is not None and now < max(pause.until, self._logged[camera]):
                details = encode_pause(pause) | {"clock_set": True}
                acts.append(WardAct(WardChange.CAMERA_PAUSED, camera, pause.at, pause.by, details))
        return [self.follow(act) for act in acts]

    def move(self, by: timedelta) -> None:
        """Every pause later by `by`: the clock was set, and no time has passed."""
        for camera, standing in self._standing.items():
            if (pause := standing.pause) is not None:
                moved = replace(pause, at=pause.at + by, until=pause.until + by)
                self._standing[camera] = replace(standing, pause=moved)


def _changed(standing: Standing, act: WardAct, by: Actor) -> Standing:
    match act.change:
        case WardChange.CONSENT_SET:
            value = act.details["consent"]
            if not isinstance(value, dict):
                raise ConsentError("that is no consent")
            return replace(standing, consent=decode_consent(value, by, act.at))
        case WardChange.CAMERA_PAUSED:
            return replace(standing, pause=decode_pause(act.details, by, act.at))
        case WardChange.CAMERA_RESUMED:
            return replace(standing, pause=None, lifted=_lifted(act.details, by))
        case WardChange.CARE_TIMES_SET:
            return replace(standing, times=decode_times(act.details["times"], by, act.at))
    raise ConsentError("that is nothing about consent")


def _lifted(details: Mapping[str, object], by: Actor) -> tuple[Lifted, ...]:
    told = details.get("lifted")
    if not isinstance(told, list):
        raise ConsentError("that ends no pause")
    try:
        return tuple(Lifted(str(one["pause"]), by, read_instant(str(one["at"]))) for one in told)
    except (KeyError, TypeError, ValueError) as error:
        raise ConsentError("that ends no pause") from error
