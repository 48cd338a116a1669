"""What a person reads who is refused: words and a way on, where programs and the pages' scripts get JSON.

A browser asks for text/html where a person follows a link or sends a plain form (RFC 9110, 12.5.1); scripts do not.
"""

from __future__ import annotations

import json

from fastapi.exception_handlers import http_exception_handler, request_validation_exception_handler
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from services.alerts.dashboard.access.answers import drawn
from services.alerts.dashboard.access.gate import to_sign_in
from services.alerts.dashboard.access.visitor import recognise
from services.alerts.dashboard.render import Renderer
from services.alerts.people.people import People
from services.alerts.phrase import Phrase

NOT_HERE = "There is no such page, or it is of a ward that is not yours."
TRY_AGAIN = "The service did not take it. Try again."
BY_ERROR = {
    "not_allowed": "Your role may not do this.",
    "form_token": "Somebody signed in or out here since this page was opened. Go back, load it anew, and try again.",
    "records_unavailable": "The database is away.",
    "cleared": "This alert is over.",
    "nobody_there": "Nobody is there yet.",
    "nothing_due": "Somebody has looked already.",
}
BY_STATUS = {404: NOT_HERE, 503: TRY_AGAIN}
OTHERWISE = "This cannot be done like that."


class Refusals:
    """Makes pages of refusals."""

    def __init__(self, people: People, renderer: Renderer) -> None:
        self._people = people
        self._renderer = renderer

    async def shown(self, request: Request, answer: Response) -> Response:
        """An answer as whoever asked can read it: a refusal in JSON as a page, where a browser asked for one."""
        if not isinstance(answer, JSONResponse) or answer.status_code < 400 or not asks_for_page(request):
            return answer
        if answer.status_code == 401:
            return to_sign_in(request)
        if not hasattr(request.state, "visitor"):  # no route has this path, so that no gate was passed
            request.state.visitor = await recognise(self._people, request, tokens_count=False)
        again = {} if request.method == "GET" else {"here": "/"}
        said = words(answer.status_code, json.loads(bytes(answer.body)))
        page = drawn(self._renderer, request, "refused.html", answer.status_code, problem=said, **again)
        if "retry-after" in answer.headers:
            page.headers["Retry-After"] = answer.headers["retry-after"]
        return page

    async def refused(self, request: Request, error: Exception) -> Response:
        """What a route refuses by an HTTPException, and a path that is no route's."""
        if not isinstance(error, HTTPException):
            raise error
        return await self.shown(request, await http_exception_handler(request, error))

    async def unreadable(self, request: Request, error: Exception) -> Response:
        """A request that is not as its route's parameters say."""
        if not isinstance(error, RequestValidationError):
            raise error
        return await self.shown(request, await request_validation_exception_handler(request, error))


def asks_for_page(request: Request) -> bool:
    """Whether the answer is for a person's eyes: some programs say that they accept pages, and carry a token."""
    return "authorization" not in request.headers and "text/html" in request.headers.get("accept", "")


def words(status: int, body: dict[str, object]) -> str:
    """Why it was refused, in words. body: what a program is told."""
    error = str(body.get("error") or body.get("detail"))
    if error == "acknowledged":
        return Phrase("%(name)s was faster.", name=body.get("by", ""))
    return BY_ERROR.get(error) or BY_STATUS.get(status, OTHERWISE)
