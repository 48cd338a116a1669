"""One camera of the ward as people and programs see it: its level, its chain in words, its alert and what holds it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from services.alerts.dashboard.consent_view import StandingView, standing_view
from services.alerts.policy.alert import Alert, AlertStatus, Outcome
from services.alerts.policy.holds import Pause
from services.alerts.policy.pauses import is_running
from services.alerts.policy.technical import (
    PICTURE_WORDS,
    UNPROCESSED,
    ComponentStatus,
    TechnicalCondition,
    technical_conditions,
)
from services.alerts.state.camera_record import CameraRecord
from services.alerts.state.clip_record import Clip
from services.alerts.state.recent_levels import RecentLevels
from services.alerts.state.ward_state import WardState

OUTCOMES = {
    Outcome.PAIN_TREATED: "Pain, treated",
    Outcome.PAIN: "Pain",
    Outcome.NO_PAIN: "No pain",
    Outcome.NOT_ASSESSED: "Could not assess",
}
WORDS = ("No pain", "Mild", "Moderate", "Severe")
TREND = timedelta(minutes=10)
NOT_ASSESSED, STALE, ASSESSED = "not_assessed", "stale", "assessed"


@dataclass(frozen=True, slots=True)
class CameraView:
    """One camera. level: the newest, 0..3, or None; assessment: not_assessed, assessed or stale (never calm).

    clip: the newest clip's label, where it is of the open alert's time.
    trend: (event time, level) of the last ten minutes of evidence.
    picture, scoring: words; their state: good, bad, or idle when nothing is known.
    """

    id: str
    name: str
    key: str
    assessment: str
    level: int | None
    level_at: datetime | None
    model: str | None
    mode: str | None
    clip: Clip | None
    picture: str
    picture_state: str
    picture_since: datetime | None
    scoring: str
    scoring_state: str
    trend: RecentLevels
    alert: Alert | None
    treated: Alert | None
    held: str | None
    pause: Pause | None
    standing: StandingView
    conditions: tuple[TechnicalCondition, ...]

    @property
    def stopped(self) -> str | None:
        """Why nothing of it is processed, where that is so."""
        return next((one.text for one in self.conditions if one.code in UNPROCESSED), None)


def camera_view(ward_state: WardState, record: CameraRecord, name: str, now: datetime) -> CameraView:
    """One camera as it stands at now."""
    state, last = record.state, record.state.last
    found = technical_conditions(ward_state.watched(record), ward_state.policy, now)
    assessment = NOT_ASSESSED if last is None else STALE if ward_state.policy.is_stale(state, now) else ASSESSED
    ingest, keyframe = record.components.get("ingest"), record.components.get("keyframe")
    shown = ingest if keyframe is None or (ingest is not None and ingest.status != "live") else keyframe
    scoring = record.components.get("snni_client")
    scorer = next((one for one in found if one.code.startswith("snni_client.")), None)
    trouble = next((one for one in found if one.code.startswith(("device.", "ingest.", "keyframe."))), None)
    return CameraView(
        id=record.ref.camera,
        name=name,
        key=state.camera,
        assessment=assessment,
        level=last.level if last else None,
        level_at=last.at if last else None,
        model=record.model,
        mode=record.mode,
        clip=_clip(record),
        picture=trouble.text if trouble else PICTURE_WORDS[shown.status] if shown else "Not connected yet",
        picture_state=_state(trouble, shown),
        picture_since=trouble.since if trouble else shown.since if shown else None,
        scoring=scorer.text if scorer else "Scoring" if scoring and not trouble else "Waiting",
        scoring_state=_state(scorer, None if trouble else scoring),
        trend=record.levels.last(TREND),
        alert=state.alert,
        treated=state.treated,
        held=_held(ward_state, record, now),
        pause=state.pause if is_running(state.pause, now) else None,
        standing=standing_view(ward_state, record, name, now),
        conditions=found,
    )


def _clip(record: CameraRecord) -> Clip | None:
    """The newest label, unless it is of before the open alert's onset; none without an open alert."""
    alert, clip = record.state.alert, record.clip
    return clip if alert and clip and clip.at >= alert.onset_at else None


def _held(ward_state: WardState, record: CameraRecord, now: datetime) -> str | None:
    """Why an alert that asks for somebody does not call now: pause, quiet or inhibited."""
    alert = record.state.alert
    if alert is None or alert.status is not AlertStatus.RAISED:
        return None
    return ward_state.holds(record, now).why(alert.level, now)


def _state(trouble: TechnicalCondition | None, status: ComponentStatus | None) -> str:
    if trouble is not None:
        return "bad"
    return "idle" if status is None else "good"
