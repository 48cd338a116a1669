"""What a pager says of a change: room and level as its title, what happened and when below. No person."""

from services.alerts.dashboard.camera_view import WORDS
from services.alerts.dashboard.render import Renderer
from services.alerts.phrase import Phrase
from services.alerts.policy.alert import Change, Transition
from services.site.records import Site

HAPPENED: dict[Change, str] = {
    Change.RAISED: "Pain was seen.",
    Change.ESCALATED: "It has got worse.",
    Change.REPEATED: "Nobody has answered yet.",
    Change.WIDENED: "Nobody has answered yet: more people are asked.",
    Change.ACK_EXPIRED: "Somebody promised to go and has not come.",
    Change.PRESENCE_EXPIRED: "Somebody came, and nothing was said of it yet.",
    Change.REASSESSMENT_DUE: "It is time to look again after an intervention.",
}


class PagerWords:
    """Says changes in one language, by the ward's clock."""

    def __init__(self, site: Site, renderer: Renderer) -> None:
        """renderer: of the language."""
        self._renderer = renderer
        self._places = {
            f"{ward.id}/{room.id}/{camera.id}": (ward.name, room.name) for ward, room, camera in site.walk()
        }

    def __call__(self, change: Transition) -> tuple[str, str]:
        """A title and a text."""
        alert, say = change.alert, self._renderer.language.say
        ward, room = self._places.get(alert.camera, (alert.camera, alert.camera))
        title = Phrase("%(room)s: %(word)s, %(level)s of 3", room=room, word=WORDS[alert.level], level=alert.level)
        happened = say(HAPPENED.get(change.change, HAPPENED[Change.RAISED]))
        return say(title), f"{happened} {self._renderer.clock(change.at, change.at)}, {ward}."
