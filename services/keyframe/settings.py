"""Settings of keyframe, read once in main from VEILWARD_KEYFRAME_*."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field, model_validator

from services.bus.settings import BusSettings
from services.keyframe.selector import SelectionPolicy
from services.keyframe.view import ViewPolicy
from services.runtime.settings import service_config

Seconds = Annotated[float, Field(gt=0.0, le=3600.0, allow_inf_nan=False)]
GreyLevels = Annotated[float, Field(ge=0.0, le=255.0, allow_inf_nan=False)]


class KeyframeSettings(BusSettings):
    """Durations are in seconds, thresholds in grey levels per 8x8 block; README.md in this folder says what they do.

    period_s: between periodic keyframes. max_silence_s: the longest time without one. retry_s: the least time between
    two looks for a face that was not found. scene_threshold, face_threshold: what counts as a change of the whole
    picture, and of the face's place. dark_luma, covered_edges, frozen_*: limits of the view states, told after hold_s.
    site_file: site.yaml. min_face_px: a face whose box is smaller is not judged. min_confidence: of the look that
    confirms a face. heartbeat_s: how often a camera's state is said again.
    """

    model_config = service_config("KEYFRAME")

    site_file: Path

    period_s: Seconds = 5.0
    max_silence_s: Seconds = 30.0
    retry_s: float = Field(default=0.5, ge=0.0, le=60.0)
    scene_threshold: GreyLevels = 1.0
    face_threshold: GreyLevels = 1.0

    min_face_px: int = Field(default=48, ge=20, le=240)
    min_confidence: float = Field(default=0.9, ge=0.0, le=1.0)

    dark_luma: GreyLevels = 32.0
    covered_edges: float = Field(default=0.01, ge=0.0, le=1.0)
    frozen_difference: GreyLevels = 0.03
    frozen_samples: int = Field(default=10, ge=2, le=1000)
    frozen_s: Seconds = 10.0
    hold_s: float = Field(default=3.0, ge=0.0, le=60.0)
    heartbeat_s: Seconds = 5.0

    @model_validator(mode="after")
    def _policies(self) -> KeyframeSettings:
        self.selection.__post_init__()
        return self

    @property
    def selection(self) -> SelectionPolicy:
        """Which frames become keyframes. A period longer than the silence allowed lengthens that."""
        return SelectionPolicy(
            period_s=self.period_s,
            slack_s=min(0.1, self.period_s / 10),
            max_silence_s=max(self.max_silence_s, self.period_s),
            retry_s=min(self.retry_s, self.period_s),
            scene_threshold=self.scene_threshold,
            face_threshold=self.face_threshold,
        )

    @property
    def view(self) -> ViewPolicy:
        """When a camera's view state changes."""
        return ViewPolicy(
            dark_luma=self.dark_luma,
            covered_edges=self.covered_edges,
            frozen_difference=self.frozen_difference,
            frozen_samples=self.frozen_samples,
            frozen_s=self.frozen_s,
            hold_s=self.hold_s,
        )
