"""What is answered to a request that the guard refuses: JSON to programs and scripts, words and a way on to a person.

Nobody is recognised: a request that is refused here is looked at no further. Who asked under a name that is not the
page's is not told which ones are: a page elsewhere, whose name was made to lead here, would read it.
"""

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import Scope

from services.alerts.dashboard.access.refusals import asks_for_page
from services.alerts.dashboard.languages.choice import language_of
from services.alerts.dashboard.render import Renderer

UNKNOWN_HOST = "unknown_host"
STYLES = frozenset({"/static/ward.css", "/static/people.css"})
"""What the page of a refusal loads: the same for everybody, under whatever name."""
WORDS = {
    UNKNOWN_HOST: (
        "The ward’s page cannot be opened under this address.",
        "Open it under the address that you were given, or ask whoever looks after it.",
    ),
    "foreign_origin": (
        "What was sent came from somebody else’s page, so it was not taken.",
        "Open the ward’s own page, and do it there.",
    ),
    "body_too_large": (
        "What was sent is too long, so it was not taken.",
        "Go back, say it in fewer words, and send it again.",
    ),
    "body_too_slow": (
        "What was sent did not arrive whole, so it was not taken.",
        "Go back, and send it again. If it happens again, the network is slow: tell whoever looks after it.",
    ),
    "incomplete": (
        "What was sent did not arrive whole, so it was not taken.",
        "Go back, and send it again. If it happens again, the network is slow: tell whoever looks after it.",
    ),
}
"""By what a program is told: what happened, and what to do."""


class GuardRefusals:
    """Makes these answers, in the ward's languages."""

    def __init__(self, renderer: Renderer) -> None:
        self._renderer = renderer

    def answer(self, scope: Scope, error: str, status: int) -> Response:
        """error: of WORDS, which a program is told."""
        request = Request(scope)
        if not asks_for_page(request):
            return JSONResponse({"error": error}, status)
        happened, to_do = WORDS[error]
        spoken = self._renderer.spoken(language_of(request))
        here = error != UNKNOWN_HOST
        return HTMLResponse(spoken.render("turned_away.html", happened=happened, to_do=to_do, here=here), status)
