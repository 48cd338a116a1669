"""One entry for every operation of the API: a route without one fails at the start, as one without a rule does."""

from collections.abc import Mapping
from dataclasses import dataclass

PREFIX = "/api/v1/"
DESCRIPTION = f"{PREFIX}openapi.json"


@dataclass(frozen=True, slots=True)
class Operation:
    """summary: what it does. answer: the name of what comes back. body: of what is sent, None where nothing is.

    verbs: what the path's last part may be. conflicts: whether it may be otherwise by now (409). checked: whether what
    is sent can be refused (422). end: what follows the path where that is another thing to ask.
    """

    summary: str
    answer: str
    body: str | None = None
    verbs: tuple[str, ...] = ()
    conflicts: bool = False
    checked: bool = False
    end: str = ""

    def paths(self, template: str) -> list[str]:
        """Of a route's template: one a verb, as they are asked for."""
        plain = template.replace(":path}", "}") + self.end
        return [plain.replace("{verb}", verb) for verb in self.verbs] or [plain]


OPERATIONS: Mapping[tuple[str, str], tuple[Operation, ...]] = {
    ("GET", "/api/v1/ward/{ward}"): (Operation("A ward as its page shows it", "Ward"),),
    ("GET", "/api/v1/alerts"): (Operation("Open alerts, and those that ended", "Alerts"),),
    ("POST", "/api/v1/alerts/{alert}/{verb}"): (
        Operation("Promise to go (ack), or be there (arrive)", "Alert", verbs=("ack", "arrive"), conflicts=True),
        Operation(
            "Say what it was (resolve), or look again (reassess)",
            "Alert",
            "Outcome",
            ("resolve", "reassess"),
            conflicts=True,
            checked=True,
        ),
    ),
    ("POST", "/api/v1/wards/{ward}/sound/{verb}"): (
        Operation("Pause the sound of the ward's screens, or end that", "Change", verbs=("pause", "resume")),
    ),
    ("POST", "/api/v1/wards/{ward}/rooms/{room}/{verb}"): (
        Operation("Hold the calls of a room", "Change", "RoomPause", ("pause",), checked=True),
        Operation("End that", "Change", verbs=("resume",)),
    ),
    ("GET", "/api/v1/wards/{ward}/plans"): (Operation("Plans of the ward and its cameras", "Plans"),),
    ("POST", "/api/v1/plans/{scope:path}"): (
        Operation("Set a plan of a ward or a camera", "Change", "PlanAsked", checked=True),
        Operation("End a plan", "Change", end="/end", checked=True),
    ),
    ("POST", "/api/v1/consents/{scope:path}"): (
        Operation("Record a camera's consent, or that it was withdrawn", "Changes", "ConsentAsked", checked=True),
    ),
    ("POST", "/api/v1/care-times/{scope:path}"): (
        Operation("Set the times of care in which a camera is paused", "Changes", "CareTimes", checked=True),
    ),
    ("POST", "/api/v1/pauses/{scope:path}"): (
        Operation("Process nothing of a camera, or of a room's, for a while", "Changes", "CameraPause", checked=True),
        Operation("End that", "Changes", end="/end", checked=True),
    ),
    ("POST", "/api/v1/faults/{key:path}/{verb}"): (
        Operation(
            "Say that a technical alarm is known, or handed over", "Change", "Note", ("seen", "handed"), checked=True
        ),
    ),
    ("GET", "/api/v1/rejected"): (Operation("Messages that were refused", "Rejected"),),
}
"""By route. Where the last part decides what is sent, one operation a kind of last part."""
