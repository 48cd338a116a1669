"""What people set for a ward besides its alerts: pauses of a room's calls and of the sound, plans.

Each returns the act that is to be written. Plans are made again from the audit log after a start; pauses of calls are
in Redis with their cameras; a pause of the sound ends with the process, which errs on the side of a sound.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from services.alerts.actor import Actor
from services.alerts.codec import Json, instant
from services.alerts.policy.alert import Transition
from services.alerts.policy.care_plan import LONGEST_REVIEW, CarePlan
from services.alerts.policy.errors import PlanError
from services.alerts.policy.holds import Pause
from services.alerts.policy.pauses import alarm_pause, audio_pause, breaks_audio_pause, is_running
from services.alerts.policy.ward_act import WardAct, WardChange
from services.alerts.state.care_plan_codec import encode_plan
from services.alerts.state.fault_book import FaultBook
from services.alerts.state.ward_state import WardState


class WardDesk:
    """Beside a ward's state."""

    def __init__(self, ward_state: WardState) -> None:
        self._ward_state = ward_state
        self._sound: dict[str, Pause] = {}
        self.faults = FaultBook()

    def sound_pause(self, ward: str, now: datetime) -> Pause | None:
        """The running pause of a ward's sound."""
        pause = self._sound.get(ward)
        return pause if is_running(pause, now) else None

    def pause_sound(self, ward: str, by: Actor, now: datetime) -> WardAct:
        """Nobody hears the ward's calls for a while; everybody sees them."""
        pause = self._sound[ward] = audio_pause(by, now, self._ward_state.policy.rules)
        return WardAct(WardChange.SOUND_PAUSED, ward, now, by, {"until": instant(pause.until)})

    def resume_sound(self, ward: str, by: Actor | None, now: datetime) -> WardAct | None:
        """The sound is on again; None where it was."""
        running = self.sound_pause(ward, now)
        self._sound.pop(ward, None)
        return None if running is None else WardAct(WardChange.SOUND_RESUMED, ward, now, by)

    def hear(self, changes: Sequence[Transition], now: datetime) -> list[WardAct]:
        """Pauses of the sound that changes of alerts end."""
        wards = {one.alert.camera.split("/")[0] for one in changes if breaks_audio_pause([one])}
        ended = [self.resume_sound(ward, None, now) for ward in sorted(wards)]
        return [act for act in ended if act is not None]

    def pause_room(self, room: tuple[str, str], by: Actor, seconds: float, reason: str, now: datetime) -> WardAct:
        """A room's alerts do not call for a while. Raises KeyError for an unknown room, ValueError for no time."""
        pause = alarm_pause(by, seconds, reason, now, self._ward_state.policy.rules)
        self._ward_state.pause(room, pause)
        details = {"until": instant(pause.until), "reason": reason}
        return WardAct(WardChange.ALARMS_PAUSED, "/".join(room), now, by, details)

    def resume_room(self, room: tuple[str, str], by: Actor, now: datetime) -> WardAct | None:
        """A room's alerts call again; None where they did. Raises KeyError for an unknown room."""
        paused = self._ward_state.pause(room, None)
        running = any(is_running(one, now) for one in paused)
        return WardAct(WardChange.ALARMS_RESUMED, "/".join(room), now, by) if running else None

    def plan(self, scope: str, plan: CarePlan | None, by: Actor, now: datetime) -> WardAct:
        """Lay a ward's or a camera's plan down, or take it away. Raises PlanError."""
        wards = {ward.id for ward in self._ward_state.site.wards}
        if scope not in wards and scope not in self._ward_state.cameras:
            raise PlanError("no such ward or camera")
        if plan is not None and plan.review_on - now.date() > LONGEST_REVIEW:
            raise PlanError("a plan is looked at again within a year")
        before = self._ward_state.plans.get(scope)
        self._ward_state.plans.put(scope, plan)
        details: Json = {"before": None if before is None else encode_plan(before)}
        details["plan"] = None if plan is None else encode_plan(plan)
        return WardAct(WardChange.PLAN_ENDED if plan is None else WardChange.PLAN_SET, scope, now, by, details)

    def move(self, by: timedelta) -> None:
        """Every moment later by `by`: the clock was set."""
        self.faults.move(by)
        self._sound = {
            ward: Pause(one.by, one.at + by, one.until + by, one.reason) for ward, one in self._sound.items()
        }
