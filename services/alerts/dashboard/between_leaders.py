"""What is answered in the seconds in which another replica takes over: JSON to programs and scripts, words to a person.

Nobody is recognised and nothing is counted: whoever is to know the sessions is not there yet.
"""

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import Scope

from services.alerts.dashboard.access.refusals import asks_for_page
from services.alerts.dashboard.languages.choice import language_of
from services.alerts.dashboard.render import Renderer

BACK_SOON = {"Retry-After": "1"}


class BetweenLeaders:
    """Makes these answers, in the ward's languages."""

    def __init__(self, renderer: Renderer) -> None:
        self._renderer = renderer

    def answer(self, scope: Scope, error: str) -> Response:
        """503 to a request. error: what a program is told; a page that was asked for comes again by itself."""
        request = Request(scope) if scope["type"] == "http" else None
        if request is None or not asks_for_page(request):
            return JSONResponse({"error": error}, 503, BACK_SOON)
        spoken = self._renderer.spoken(language_of(request))
        page = spoken.render("between_leaders.html", looks=request.method in ("GET", "HEAD"))
        return HTMLResponse(page, 503, BACK_SOON)
