"""One camera as keyframe knows it: its waiting frame, which of its frames were chosen, what it sees."""

from __future__ import annotations

from faces.turns import Habit
from services.bus.models import CameraRef, CropFormat
from services.bus.states import Condition
from services.keyframe.mailbox import Mailbox
from services.keyframe.selector import SelectionPolicy, Selector
from services.keyframe.view import View, ViewPolicy
from services.runtime.clock import Instant
from services.site.outline import Outline


class CameraFeed:
    """A camera's mailbox, selector, view and the turn at which it sees faces. crops, examined: since the start."""

    def __init__(
        self,
        ref: CameraRef,
        crop_format: CropFormat,
        selection: SelectionPolicy,
        view: ViewPolicy,
        bed: Outline | None = None,
    ) -> None:
        """bed: where in the picture the resident's face is to be looked for; None: anywhere."""
        self.ref = ref
        self.crop_format = crop_format
        self.bed = bed
        self.mailbox = Mailbox()
        self.selector = Selector(selection)
        self.view = View(view)
        self.habit = Habit()
        self.last_frame: Instant | None = None
        self.examined = 0
        self.crops = 0

    def condition(self, now: Instant, fresh_s: float) -> Condition | None:
        """What the ward should know; None without a frame for fresh_s seconds.

        Nobody knows then what the camera sees, and ingest says why.
        """
        state = self.view.state
        if state is None or self.last_frame is None or now.mono - self.last_frame.mono >= fresh_s:
            return None
        detail: dict[str, str | int | float] = {
            "faces": self.view.face_count,
            "examined": self.examined,
            "crops": self.crops,
        }
        return Condition(state.status, state.since, detail)
