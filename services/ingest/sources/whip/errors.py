"""What can go wrong with a WHIP client.

IngestError
└── WhipError                an answer to a WHIP client: status, a stable slug, a title, extra headers
    ├── MalformedBody        400  the body is not the SDP or the fragment that its type promises
    ├── MalformedPrecondition 400 If-Match is neither `*` nor a list of quoted entity tags
    ├── Unauthorised         401  no bearer token, or one that no camera has
    ├── Forbidden            403  the token is another camera's
    ├── NotFound             404  no such camera or session
    ├── MethodNotAllowed     405
    ├── RequestTimeout       408  the body did not arrive in time
    ├── CameraBusy           409  a living session publishes for this camera
    ├── PreconditionFailed   412  If-Match names an entity tag that is not the session's
    ├── BodyTooLarge         413
    ├── WrongContentType     415
    ├── Unacceptable         422  well-formed, but not something this server can serve whole
    ├── RestartUnsupported   422  an ICE restart
    ├── PreconditionRequired 428  a PATCH without If-Match
    ├── TooManyRequests      429
    └── Unavailable          503  draining, or there are as many sessions as may be
Statuses follow RFC 9725 and RFC 9110; bodies are RFC 9457 problem details.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import ClassVar

from services.ingest.errors import IngestError


class WhipError(IngestError):
    """An answer with a 4xx or 5xx status."""

    status: ClassVar[int] = 400
    slug: ClassVar[str] = "bad-request"
    title: ClassVar[str] = "Bad request"

    def __init__(self, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.headers = dict(headers or {})

    def problem(self) -> dict[str, str | int]:
        """The members of the problem details object (RFC 9457, section 3.1)."""
        return {
            "type": f"urn:veilward:problem:{self.slug}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
        }


class MalformedBody(WhipError):
    """400."""

    slug, title = "malformed-body", "The body is not well-formed"


class MalformedPrecondition(WhipError):
    """400."""

    slug, title = "malformed-precondition", "If-Match is not well-formed"


class Unauthorised(WhipError):
    """401, with the challenge of RFC 6750, section 3."""

    status, slug, title = 401, "unauthorised", "A camera's bearer token is needed"

    def __init__(self, detail: str, error: str | None = None) -> None:
        challenge = 'Bearer realm="whip"' + (f', error="{error}"' if error else "")
        super().__init__(detail, {"WWW-Authenticate": challenge})


class Forbidden(WhipError):
    """403."""

    status, slug, title = 403, "forbidden", "The token belongs to another camera"


class NotFound(WhipError):
    """404."""

    status, slug, title = 404, "not-found", "No such camera or session"


class MethodNotAllowed(WhipError):
    """405."""

    status, slug, title = 405, "method-not-allowed", "Method not allowed"


class RequestTimeout(WhipError):
    """408."""

    status, slug, title = 408, "request-timeout", "The body did not arrive in time"


class PreconditionFailed(WhipError):
    """412."""

    status, slug, title = 412, "precondition-failed", "The entity tag is not the session's"


class BodyTooLarge(WhipError):
    """413."""

    status, slug, title = 413, "body-too-large", "The body is too large"


class WrongContentType(WhipError):
    """415."""

    status, slug, title = 415, "wrong-content-type", "The content type is not accepted here"


class Unacceptable(WhipError):
    """422."""

    status, slug, title = 422, "unacceptable", "The offer cannot be served whole"


class RestartUnsupported(WhipError):
    """422."""

    status, slug, title = 422, "restart-unsupported", "ICE restarts are not supported"


class PreconditionRequired(WhipError):
    """428."""

    status, slug, title = 428, "precondition-required", "If-Match is needed"


class _Later(WhipError):
    """An answer that says when to come again: whole seconds, at least one."""

    def __init__(self, detail: str, retry_after_s: float) -> None:
        super().__init__(detail, {"Retry-After": str(max(1, math.ceil(retry_after_s)))})
        self.retry_after_s = retry_after_s


class CameraBusy(_Later):
    """409."""

    status, slug, title = 409, "camera-busy", "The camera is already publishing"


class TooManyRequests(_Later):
    """429."""

    status, slug, title = 429, "too-many-requests", "Too many requests"


class Unavailable(_Later):
    """503."""

    status, slug, title = 503, "unavailable", "Not accepting sessions"
