"""Pages as answers: every page of people is drawn here, with who is there and what its forms are bound to."""

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from services.alerts.dashboard.access.cookies import FORM, SESSION, give_key
from services.alerts.dashboard.access.visitor import Visitor, visitor_of
from services.alerts.dashboard.render import Renderer
from services.alerts.people.rights import Right
from services.alerts.people.secrets import form_token, new_key
from services.alerts.people.sessions import Session


def places(visitor: Visitor) -> dict[str, object]:
    """Who looks at a page, and where else they may go: what every page's head shows."""
    return {
        "actor": visitor.actor,
        "person": visitor.session is not None,
        "device": visitor.device,
        "form_token": visitor.form_token,
        "may_act": Right.ACT in visitor.rights,
        "may_see": Right.SEE in visitor.rights,
        "may_people": Right.PEOPLE in visitor.rights,
        "may_records": Right.RECORDS in visitor.rights,
    }


def drawn(renderer: Renderer, request: Request, template: str, status: int = 200, **values: object) -> Response:
    """A page of templates/access/. A browser in which nobody is signed in gets a key to bind its forms to."""
    visitor = visitor_of(request)
    key = visitor.form_key or new_key()
    head = places(visitor) | {"form_token": form_token(key), "problem": ""}
    html = renderer.render(f"access/{template}", **head | values)
    answer = HTMLResponse(html, status)
    if visitor.form_key is None:
        give_key(answer, FORM, key)
    return answer


def let_in(key: str, session: Session, to: str) -> Response:
    """Send a person who has just signed in to a page, with the new session's cookie."""
    answer = RedirectResponse(to, 303)
    lasts = session.ends_at - session.began_at
    give_key(answer, SESSION, key, int(lasts.total_seconds()))
    return answer


def own_path(asked: str) -> str:
    """Where a browser is led after the sign-in: a path of this page's, else the first page (open redirects)."""
    plain = asked.startswith("/") and not asked.startswith(("//", "/\\")) and asked.isascii() and asked.isprintable()
    return asked if plain else "/"
