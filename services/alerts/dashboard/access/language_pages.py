"""The choice of a language: of this browser, and of whoever is signed in, wherever that person signs in next."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.alerts.dashboard.access.answers import own_path
from services.alerts.dashboard.access.gate import form_fields
from services.alerts.dashboard.languages.choice import choose
from services.alerts.dashboard.languages.language import NAMES


class LanguagePages:
    """The route of /language."""

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
        return answer
