"""What every HTTP answer of the WHIP endpoint has in common: problem details (RFC 9457) and CORS (Fetch standard)."""

from __future__ import annotations

import json
from collections.abc import Mapping

from aiohttp import web
from multidict import CIMultiDict

from services.ingest.sources.whip.errors import BodyTooLarge, MethodNotAllowed, NotFound, WhipError

METHODS = "OPTIONS, GET, HEAD, POST, PATCH, DELETE"
EXPOSED = "Location, ETag, Link, Retry-After, WWW-Authenticate"
ALLOWED_HEADERS = "Authorization, Content-Type, If-Match"
SDP = "application/sdp"
FRAGMENT = "application/trickle-ice-sdpfrag"
PREFLIGHT_AGE_S = 600


def problem(error: WhipError) -> web.Response:
    """The answer that an error stands for."""
    body = json.dumps(error.problem()).encode()
    return web.Response(
        status=error.status, body=body, headers={**error.headers, "Content-Type": "application/problem+json"}
    )


def fault() -> web.Response:
    """500: a fault of this server, about which the client learns nothing."""
    body = json.dumps({"type": "about:blank", "title": "Internal Server Error", "status": 500}).encode()
    return web.Response(status=500, body=body, headers={"Content-Type": "application/problem+json"})


def from_http(error: web.HTTPException) -> WhipError:
    """aiohttp's own refusals as errors of this service."""
    if isinstance(error, web.HTTPRequestEntityTooLarge):
        return BodyTooLarge("the body exceeds the limit")
    if isinstance(error, web.HTTPMethodNotAllowed):
        return MethodNotAllowed("not here", {"Allow": error.headers.get("Allow", METHODS)})
    if isinstance(error, web.HTTPNotFound):
        return NotFound("nothing is here")
    return WhipError(error.reason)


def is_preflight(request: web.BaseRequest) -> bool:
    """Whether this is a CORS preflight, the only request without a token."""
    return (
        request.method == "OPTIONS"
        and "Origin" in request.headers
        and "Access-Control-Request-Method" in request.headers
    )


def preflight() -> web.Response:
    """The answer to a preflight: never a credential in it."""
    headers = {
        "Access-Control-Allow-Methods": METHODS,
        "Access-Control-Allow-Headers": ALLOWED_HEADERS,
        "Access-Control-Max-Age": str(PREFLIGHT_AGE_S),
        "Accept-Post": SDP,
    }
    return web.Response(status=204, headers=headers)


def add_common(response: web.StreamResponse, origin: str) -> None:
    """CORS for pages of `origin` (`*`: any), and no caching: answers carry addresses and session URLs."""
    headers: Mapping[str, str] = {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Expose-Headers": EXPOSED,
        "Cache-Control": "no-store",
    }
    response.headers.update(headers)
    if origin != "*":
        response.headers["Vary"] = "Origin"


def created(location: str, etag: str, links: list[str], answer: str) -> web.Response:
    """201 with the SDP answer."""
    headers: CIMultiDict[str] = CIMultiDict({"Location": location, "ETag": etag, "Content-Type": SDP})
    for link in links:
        headers.add("Link", link)
    return web.Response(status=201, body=answer.encode(), headers=headers)
