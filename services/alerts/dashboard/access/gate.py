"""The gate before every route: who it is, whether the rule lets them, whether their own page sent it; then the records.

answer                 when (a person in a browser reads a page of it: refusals.py)
303 to the sign-in     nobody is signed in, and the route is a page
401                    the same, and it is not
403                    the role may not, or a form or script without this visitor's token (cross-site request forgery)
404                    it is not there, or out of the visitor's wards: both look alike
503                    who may cannot be said while the database is away
"""

from collections.abc import Callable, Coroutine
from typing import Any
from urllib.parse import parse_qs, quote

from fastapi import HTTPException
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from services.alerts.actor import Actor
from services.alerts.dashboard.access.rules import RULES, Rule
from services.alerts.dashboard.access.scopes import Scopes
from services.alerts.dashboard.access.visitor import Visitor, recognise
from services.alerts.errors import RecordsUnavailable
from services.alerts.people.people import People
from services.alerts.people.secrets import is_form_token
from services.alerts.records.access_log import Kind, entry

SAFE = frozenset({"GET", "HEAD"})
TOKEN_HEADER, TOKEN_FIELD = "x-form-token", "form_token"
Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class Gate:
    """Checks requests by their route's rule."""

    def __init__(self, people: People, scopes: Scopes) -> None:
        self.people = people
        self._scopes = scopes

    async def serve(self, path: str, request: Request, handler: Handler) -> Response:
        """Let a request through to its route's handler, or answer it. path: the route's template."""
        rule = RULES[request.method, path]
        visitor = request.state.visitor = await recognise(self.people, request, tokens_count=not rule.page)
        try:
            refusal = await self._refusal(rule, visitor, request)
        except RecordsUnavailable:
            refusal = JSONResponse({"error": "records_unavailable"}, 503)
        if refusal is not None:
            if refusal.status_code in (403, 404):
                self._note(rule, visitor.actor, request, "refused")
            return refusal
        try:
            answer = await handler(request)
        except HTTPException as error:
            self._note(rule, visitor.actor, request, outcome(error.status_code))
            raise
        except Exception:
            self._note(rule, visitor.actor, request, "failed")
            raise
        self._note(rule, visitor.actor, request, outcome(answer.status_code))
        return answer

    async def _refusal(self, rule: Rule, visitor: Visitor, request: Request) -> Response | None:
        if rule.right is not None:
            actor = visitor.actor
            if actor is None:
                return to_sign_in(request) if rule.page else JSONResponse({"error": "sign_in"}, 401)
            if rule.right not in visitor.rights:
                return JSONResponse({"error": "not_allowed"}, 403)
            if not await self._scopes.holds(actor, rule.scope, request):
                return JSONResponse({"error": "unknown"}, 404)
        if request.method in SAFE or visitor.token is not None:
            return None
        if not await has_form_token(request, visitor):
            return JSONResponse({"error": "form_token"}, 403)
        return None

    def _note(self, rule: Rule, actor: Actor | None, request: Request, what_came: str) -> None:
        if actor is None or (rule.kind is None and what_came != "refused"):
            return
        ward = self._scopes.ward_named(rule.scope, request)
        named = "" if rule.secret else "/".join(str(one) for one in request.path_params.values()) or ward or ""
        kind = rule.kind or (Kind.READ if request.method in SAFE else Kind.ACT)
        self.people.log.note(entry(actor, kind, rule.what, named, self.people.clock(), ward, what_came))


def outcome(status: int) -> str:
    """How an answer stands in the records."""
    return "done" if status < 400 else "conflict" if status == 409 else "refused" if status < 500 else "failed"


def to_sign_in(request: Request) -> Response:
    """Lead a browser to the sign-in, and after it back to the page that it asked for."""
    asked = request.url.path if request.method in SAFE else "/"
    return RedirectResponse(f"/sign-in?next={quote(asked)}", 303)


async def has_form_token(request: Request, visitor: Visitor) -> bool:
    """Whether a request carries the token of its sender's forms: as a header by scripts, as a field by plain forms."""
    carried = request.headers.get(TOKEN_HEADER)
    if carried is None and is_form(request):
        carried = (await form_fields(request)).get(TOKEN_FIELD)
    return bool(carried and visitor.form_key) and is_form_token(carried or "", visitor.form_key or "")


def is_form(request: Request) -> bool:
    """Whether a plain form sent it."""
    return request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded")


async def form_fields(request: Request) -> dict[str, str]:
    """The fields of a plain form, the first of each name; none for what is not readable."""
    try:
        return {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
    except ValueError:
        return {}


def ruled_route(gate: Gate, shown: Callable[[Request, Response], Coroutine[Any, Any, Response]]) -> type[APIRoute]:
    """The kind of route that asks the gate first: before its parameters are read, and before its own code.

    shown: makes of every answer what whoever asked can read.
    """

    class RuledRoute(APIRoute):
        def get_route_handler(self) -> Handler:
            handler = super().get_route_handler()

            async def ruled(request: Request) -> Response:
                return await shown(request, await gate.serve(self.path, request, handler))

            return ruled

    return RuledRoute
