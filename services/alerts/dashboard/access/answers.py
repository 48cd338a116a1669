"""Pages as answers: every page of people is drawn here, with who is there and what its forms are bound to."""

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from services.alerts.dashboard.access.cookies import FORM, SESSION, give_key
from services.alerts.dashboard.access.visitor import Visitor, visitor_of
from services.alerts.dashboard.languages.choice import choose, language_of
from services.alerts.dashboard.languages.language import NAMES
from services.alerts.dashboard.render import Renderer
from services.alerts.people.rights import Right
from services.alerts.people.secrets import form_token, new_key
from services.alerts.people.sessions import Session


def places(visitor: Visitor, here: str = "/") -> dict[str, object]:
    """Who looks at a page, and where else they may go: what every page's head shows. here: the page's own path."""
    return {
        "here": here,
        "actor": visitor.actor,
        "person": visitor.session is not None,
        "device": visitor.device,
        "form_token": visitor.form_token,
        "may_act": Right.ACT in visitor.rights,
        "may_see": Right.SEE in visitor.rights,
        "may_look_back": Right.LOOK_BACK in visitor.rights,
        "may_people": Right.PEOPLE in visitor.rights,
        "may_technical": Right.TECHNICAL in visitor.rights,
        "may_records": Right.RECORDS in visitor.rights,
    }


def drawn(
    renderer: Renderer, request: Request, template: str, status: int = 200, folder: str = "access", **values: object
) -> Response:
    """A page of a folder of templates/. A browser in which nobody is signed in gets a key to bind its forms to."""
    visitor = visitor_of(request)
    key = visitor.form_key or new_key()
    head = places(visitor, here(request)) | {"form_token": form_token(key), "problem": ""}
    html = renderer.spoken(language_of(request)).render(f"{folder}/{template}", **head | values)
    answer = HTMLResponse(html, status)
    if visitor.form_key is None:
        give_key(answer, FORM, key)
    return answer


def here(request: Request) -> str:
    """The path by which a page is asked for again: its own, or of what a form was sent to the page with that form."""
    if request.method == "GET":
        return request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return f"/{request.url.path.split('/')[1]}"


def let_in(key: str, session: Session, to: str, language: str | None) -> Response:
    """Send a person who has just signed in to a page, with the new session's cookie, in the person's language."""
    answer = RedirectResponse(to, 303)
    if language is not None and language in NAMES:
        choose(answer, language)
    lasts = session.ends_at - session.began_at
    give_key(answer, SESSION, key, int(lasts.total_seconds()))
    return answer


def own_path(asked: str) -> str:
    """Where a browser is led after the sign-in: a path of this page's, else the first page (open redirects)."""
    plain = asked.startswith("/") and not asked.startswith(("//", "/\\")) and asked.isascii() and asked.isprintable()
    return asked if plain else "/"
