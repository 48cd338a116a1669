"""To the identity provider and back."""

import logging

from fastapi import APIRouter, HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.alerts.actor import Way
from services.alerts.dashboard.access.answers import drawn, let_in, own_path
from services.alerts.dashboard.access.cookies import FLOW, give_key, read_key, take_key
from services.alerts.dashboard.access.sign_in_pages import why
from services.alerts.dashboard.access.visitor import visitor_of
from services.alerts.dashboard.render import Renderer
from services.alerts.errors import RecordsUnavailable
from services.alerts.people.errors import ProviderRefused, TooManyTries
from services.alerts.people.people import People
from services.alerts.people.provider import FLOW_S, Provider
from services.alerts.records.access_log import Kind, entry
from services.runtime.logging import get_logger, log_event

_log = get_logger("alerts")

REFUSED = "The sign-in there did not let you in here."


class ProviderPages:
    """Routes of /provider; without a provider they are not there."""

    def __init__(self, people: People, renderer: Renderer, provider: Provider | None) -> None:
        self._people = people
        self._renderer = renderer
        self._provider = provider

    def add_to(self, router: APIRouter) -> None:
        """Register them."""
        router.add_api_route("/provider", self.leave, methods=["GET"])
        router.add_api_route("/provider/back", self.back, methods=["GET"])

    async def leave(self, request: Request, next: str = "/") -> Response:
        """Send the browser to the provider."""
        provider = self._known()
        try:
            self._people.sign_in.may_try(visitor_of(request).address)
            url, key = await provider.ask(own_path(next))
        except TooManyTries as error:
            problem, status = why(error, REFUSED)
            return drawn(self._renderer, request, "link.html", status, account=None, problem=problem)
        except ProviderRefused as error:
            return self._refused(request, error)
        answer = RedirectResponse(url, 303)
        give_key(answer, FLOW, key, int(FLOW_S))
        return answer

    async def back(self, request: Request) -> Response:
        """The browser with the provider's answer."""
        provider, visitor = self._known(), visitor_of(request)
        try:
            key = read_key(request, FLOW) or ""
            account, provider_session, to = await provider.answer(key, request.query_params)
        except ProviderRefused as error:
            return self._refused(request, error)
        except RecordsUnavailable:
            return drawn(self._renderer, request, "link.html", 503, account=None, problem="The database is away.")
        actor = account.actor(Way.PROVIDER)
        cookie, session = await self._people.sign_in.begin(actor, visitor.device, provider_session)
        if visitor.session is not None:
            await self._people.sessions.end(visitor.session.key)
        self._people.log.note(entry(actor, Kind.SIGN_IN, "sign in", actor.way.value, self._people.clock()))
        answer = let_in(cookie, session, to, account.language)
        take_key(answer, FLOW)
        return answer

    def _known(self) -> Provider:
        if self._provider is None:
            raise HTTPException(404, "no identity provider")
        return self._provider

    def _refused(self, request: Request, error: ProviderRefused) -> Response:
        log_event(_log, "provider_refused", logging.WARNING, reason=str(error))
        return drawn(self._renderer, request, "link.html", 403, account=None, problem=REFUSED)
