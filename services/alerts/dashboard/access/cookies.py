"""The page's cookies. Each holds one key of 256 bits and nothing else.

__Host- (RFC 6265bis, section 4.1.3.2): only over HTTPS, for this very host, for every path; browsers count the loopback
addresses as safe too. SameSite=Lax: a link or an identity provider leads here with the cookie, no foreign form does.
"""

from starlette.requests import Request
from starlette.responses import Response

SESSION = "__Host-veilward-session"
DEVICE = "__Host-veilward-device"
FORM = "__Host-veilward-form"
"""Of a browser in which nobody is signed in: what its forms are bound to."""
FLOW = "__Host-veilward-flow"
"""Of a browser that was sent to an identity provider."""
YEAR_S = 365 * 24 * 3600
KEY_LIMIT = 64


def read_key(request: Request, name: str) -> str | None:
    """The key in a cookie; None without one, or for what is none of ours."""
    key = request.cookies.get(name, "")
    return key if 0 < len(key) <= KEY_LIMIT and key.isascii() else None


def give_key(response: Response, name: str, key: str, lasts_s: int | None = None) -> None:
    """Have the browser keep a key. lasts_s: None is until the browser ends."""
    response.set_cookie(name, key, max_age=lasts_s, path="/", secure=True, httponly=True, samesite="lax")


def take_key(response: Response, name: str) -> None:
    """Have the browser forget a key."""
    response.delete_cookie(name, path="/", secure=True, httponly=True, samesite="lax")
