"""The page of who is told of alerts: whether each takes what it is told, and a button that sends it a test."""

import uuid

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from services.alerts.dashboard.access.answers import drawn
from services.alerts.dashboard.access.visitor import person_of
from services.alerts.dashboard.languages.choice import language_of
from services.alerts.dashboard.render import Renderer
from services.alerts.notify.trial import Outcome, Receivers, Trial
from services.alerts.phrase import Phrase
from services.alerts.ward_clock import Now

TITLE = "Test"
TEXT = "This is a test by %(name)s. Nobody needs to come."
GONE = "That receiver is not set any more."


class ReceiversPage:
    """Routes of /receivers."""

    def __init__(self, receivers: Receivers, renderer: Renderer, clock: Now) -> None:
        self._receivers = receivers
        self._renderer = renderer
        self._clock = clock

    def add_to(self, router: APIRouter) -> None:
        """Register them."""
        router.add_api_route("/receivers", self.page, methods=["GET"])
        router.add_api_route("/receivers/{receiver}/test", self.try_out, methods=["POST"])

    async def page(self, request: Request) -> Response:
        """Every receiver, as it stands."""
        return self._page(request)

    async def try_out(self, request: Request, receiver: str) -> Response:
        """Send one of them a test, and show what came of it."""
        found = next((one for one in self._receivers if one.key == receiver), None)
        if found is None:
            return self._page(request, problem=GONE, status=409)
        say, by = self._renderer.spoken(language_of(request)).language.say, person_of(request)[1].name
        trial = Trial(uuid.uuid4().hex, self._clock(), by, say(TITLE), say(Phrase(TEXT, name=by)))
        outcome = await found.try_out(trial)
        return self._page(request, {found.key: outcome})

    def _page(
        self, request: Request, outcomes: dict[str, Outcome] | None = None, problem: str = "", status: int = 200
    ) -> Response:
        return drawn(
            self._renderer,
            request,
            "receivers.html",
            status,
            receivers=self._receivers,
            outcomes=outcomes or {},
            now=self._clock(),
            problem=problem,
        )
