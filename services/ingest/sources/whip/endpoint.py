"""The WHIP endpoint over HTTPS (RFC 9725): `/whip/<camera>` and `/whip/<camera>/<session>`.

Order of the checks: rate per address, token, then what the method asks for. Consumes POST, PATCH, DELETE, GET, OPTIONS.
"""

from __future__ import annotations

import asyncio
import logging

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from services.ingest.metrics import IngestMetrics
from services.ingest.sources.whip.answers import (
    FRAGMENT,
    SDP,
    add_common,
    created,
    fault,
    from_http,
    is_preflight,
    preflight,
    problem,
)
from services.ingest.sources.whip.errors import (
    MalformedBody,
    MethodNotAllowed,
    RequestTimeout,
    WhipError,
    WrongContentType,
)
from services.ingest.sources.whip.fragment import check_precondition, read_trickle
from services.ingest.sources.whip.limits import RateLimit
from services.ingest.sources.whip.offer import check_offer
from services.ingest.sources.whip.options import EndpointOptions
from services.ingest.sources.whip.sessions import Sessions
from services.ingest.sources.whip.token import Tokens, check_token
from services.runtime.clock import Clock
from services.runtime.logging import get_logger, log_event

KNOWN_METHODS = frozenset({"OPTIONS", "GET", "HEAD", "POST", "PATCH", "DELETE", "PUT"})

_log = get_logger("ingest")


class Endpoint:
    """HTTP in, calls of `Sessions` out."""

    def __init__(
        self, site: Tokens, sessions: Sessions, options: EndpointOptions, metrics: IngestMetrics, clock: Clock
    ) -> None:
        self._site = site
        self._sessions = sessions
        self._options = options
        self._links = [server.link() for server in options.ice_servers]
        self._metrics = metrics
        self._clock = clock
        self._per_address = RateLimit(options.per_address)
        self._posts = RateLimit(options.posts)
        self._changes = RateLimit(options.changes)

    def application(self) -> web.Application:
        """The aiohttp application."""
        app = web.Application(client_max_size=self._options.body_limit_bytes, middlewares=[self._surround()])
        for slash in ("", "/"):  # some clients end every address with one, or put one between host and path
            app.router.add_route("*", "/{_:/*}whip/{camera}" + slash, self._endpoint)
            app.router.add_route("*", "/{_:/*}whip/{camera}/{session}" + slash, self._session)
        return app

    def _surround(self) -> Middleware:
        @web.middleware
        async def surround(request: web.Request, handler: Handler) -> web.StreamResponse:
            response = await self._answer(request, handler)
            add_common(response, self._options.cors_origin)
            method = request.method if request.method in KNOWN_METHODS else "other"
            self._metrics.requests.labels(method, str(response.status)).inc()
            return response

        return surround

    async def _answer(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            self._per_address.take(request.remote or "", self._clock.now().mono)
            if is_preflight(request):
                return preflight()
            return await handler(request)
        except WhipError as error:
            return problem(error)
        except web.HTTPException as error:
            return problem(from_http(error))
        except Exception as error:  # a fault of ours: the client gets a 500 and the service stays up
            log_event(_log, "request_failed", logging.ERROR, kind=type(error).__name__)
            return fault()

    async def _endpoint(self, request: web.Request) -> web.StreamResponse:
        camera = self._authorised(request)
        match request.method:
            case "POST":
                return await self._post(request, camera)
            case "GET" | "HEAD":
                return web.Response(status=204)
            case "OPTIONS":
                return self._options_answer({"Accept-Post": SDP})
        raise MethodNotAllowed("only POST starts a session", {"Allow": "OPTIONS, GET, HEAD, POST"})

    async def _session(self, request: web.Request) -> web.StreamResponse:
        camera = self._authorised(request)
        session_id = request.match_info["session"]
        if request.method in ("PATCH", "DELETE"):
            self._changes.take(camera, self._clock.now().mono)
        session = self._sessions.find(camera, session_id)
        match request.method:
            case "PATCH":
                return await self._patch(request, camera, session_id)
            case "DELETE":
                await self._sessions.end(session.id, "deleted")
                return web.Response(status=200)
            case "GET" | "HEAD":
                return web.Response(status=204)
            case "OPTIONS":
                return self._options_answer({"Accept-Patch": FRAGMENT})
        raise MethodNotAllowed("sessions are changed by PATCH", {"Allow": "OPTIONS, GET, HEAD, PATCH, DELETE"})

    def _authorised(self, request: web.Request) -> str:
        camera = request.match_info["camera"]
        check_token(self._site, camera, request.headers.get("Authorization"))
        return camera

    async def _post(self, request: web.Request, camera: str) -> web.Response:
        self._posts.take(camera, self._clock.now().mono)
        offer = check_offer(await self._text(request, SDP))
        session, answer = await self._sessions.open(camera, offer)
        return created(f"/whip/{camera}/{session.id}", session.etag, self._links, answer)

    async def _patch(self, request: web.Request, camera: str, session_id: str) -> web.Response:
        text = await self._text(request, FRAGMENT)
        session = self._sessions.find(camera, session_id)
        check_precondition(request.headers.get("If-Match"), session.etag)
        await self._sessions.trickle(session, read_trickle(text))
        return web.Response(status=204)

    async def _text(self, request: web.Request, content_type: str) -> str:
        if request.content_type != content_type:
            raise WrongContentType(f"send {content_type}")
        try:
            async with asyncio.timeout(self._options.body_timeout_s):
                return (await request.read()).decode("utf-8")
        except TimeoutError:
            raise RequestTimeout("send the body at once") from None
        except UnicodeDecodeError:
            raise MalformedBody("not UTF-8") from None

    def _options_answer(self, headers: dict[str, str]) -> web.Response:
        response = web.Response(status=204, headers=headers)
        for link in self._links:
            response.headers.add("Link", link)
        return response
