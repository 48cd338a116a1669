"""In which language a page answers: what was chosen in this browser, else what the browser prefers (RFC 9110, 12.5.4).

Who signs in brings the language of the own account along: it becomes the browser's choice until the person leaves.
"""

from starlette.requests import Request
from starlette.responses import Response

from services.alerts.dashboard.languages.language import NAMES

COOKIE = "veilward-language"
YEAR_S = 365 * 24 * 3600
FALLBACK = "en"


def language_of(request: Request) -> str:
    """The code of the language for an answer."""
    chosen = request.cookies.get(COOKIE, "")
    return chosen if chosen in NAMES else preferred(request.headers.get("accept-language", ""))


def preferred(accepted: str) -> str:
    """The first of ours in a browser's order of preference; English where it names none."""
    wanted = []
    for place, one in enumerate(accepted.split(",")):
        tag, _, weight = one.strip().partition(";q=")
        try:
            wanted.append((-float(weight or 1), place, tag.partition("-")[0].lower()))
        except ValueError:
            continue
    return next((code for q, _, code in sorted(wanted) if q < 0 and code in NAMES), FALLBACK)


def choose(response: Response, code: str) -> None:
    """Have the browser keep a language."""
    response.set_cookie(COOKIE, code, max_age=YEAR_S, path="/", secure=True, httponly=True, samesite="lax")


def forget(response: Response) -> None:
    """Have the browser answer for itself again."""
    response.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="lax")
