"""The choice of a language: of this browser, and of whoever is signed in, wherever that person signs in next."""

from contextlib import suppress

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.alerts.dashboard.access.answers import own_path
from services.alerts.dashboard.access.gate import form_fields
from services.alerts.dashboard.access.visitor import visitor_of
from services.alerts.dashboard.languages.choice import choose
from services.alerts.dashboard.languages.language import NAMES
from services.alerts.errors import RecordsUnavailable
from services.alerts.people.errors import UnknownPerson
from services.alerts.people.people import People


class LanguagePages:
    """The route of /language."""

    def __init__(self, people: People) -> None:
        self._people = people

    def add_to(self, router: APIRouter) -> None:
        """Register it."""
        router.add_api_route("/language", self.choose, methods=["POST"])

    async def choose(self, request: Request) -> Response:
        """Keep the choice, and lead back to where it was made; one of no known language changes nothing."""
        fields = await form_fields(request)
        answer = RedirectResponse(own_path(fields.get("next", "/")), 303)
        code = fields.get("language", "")
        if code in NAMES:
            choose(answer, code)
            await self._keep(request, code)
        return answer

    async def _keep(self, request: Request, code: str) -> None:
        """With the account of whoever is signed in. With the database away the choice is this browser's alone."""
        session = visitor_of(request).session
        if session is not None:
            with suppress(UnknownPerson, RecordsUnavailable):
                await self._people.accounts.change(session.actor.id, language=code)
