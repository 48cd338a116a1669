"""The ways in and out: by password, by one-time link, by PIN on a shared device; and the way out."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.alerts.actor import Actor, Way
from services.alerts.dashboard.access.answers import drawn, let_in, own_path
from services.alerts.dashboard.access.cookies import SESSION, take_key
from services.alerts.dashboard.access.gate import form_fields
from services.alerts.dashboard.access.visitor import visitor_of
from services.alerts.dashboard.languages.choice import forget
from services.alerts.dashboard.render import Renderer
from services.alerts.errors import RecordsUnavailable
from services.alerts.people.errors import SignInRefused, TooManyTries, UnknownPerson
from services.alerts.people.people import People
from services.alerts.people.sessions import Session
from services.alerts.phrase import Phrase
from services.alerts.records.access_log import Kind, entry, refused_entry

WRONG = "That name and password do not belong together."
WRONG_PIN = "That is not the PIN. After five wrong ones in a row it ends, and the password is needed."
AWAY = "The database is away: nobody can sign in until it is back. Whoever is signed in stays so."
LINK_OVER = "This link was used, or is over. Ask for a new one."


class SignInPages:
    """Routes of the sign-in. provider: what the button to an identity provider says; None without one."""

    def __init__(self, people: People, renderer: Renderer, provider: str | None = None) -> None:
        self._people = people
        self._renderer = renderer
        self._provider = provider

    def add_to(self, router: APIRouter) -> None:
        """Register them."""
        router.add_api_route("/sign-in", self.page, methods=["GET"])
        router.add_api_route("/sign-in", self.enter, methods=["POST"])
        router.add_api_route("/link/{key}", self.link_page, methods=["GET"])
        router.add_api_route("/link/{key}", self.enter_by_link, methods=["POST"])
        router.add_api_route("/change", self.change_page, methods=["GET"])
        router.add_api_route("/change", self.change, methods=["POST"])
        router.add_api_route("/sign-out", self.leave, methods=["POST"])

    async def page(self, request: Request, next: str = "/") -> Response:
        """The form for name and password."""
        if visitor_of(request).session is not None:
            return RedirectResponse(own_path(next), 303)
        return self._form(request, own_path(next))

    async def enter(self, request: Request) -> Response:
        """Name and password, checked."""
        fields, visitor = await form_fields(request), visitor_of(request)
        to = own_path(fields.get("next", "/"))
        try:
            key, session = await self._people.sign_in.by_password(
                fields.get("login", ""), fields.get("password", ""), visitor.address, visitor.device
            )
        except SignInRefused as error:
            self._refused(error, Way.PASSWORD)
            return self._form(request, to, *why(error, WRONG))
        except RecordsUnavailable:
            return self._form(request, to, AWAY, 503)
        return await self._entered(request, key, session, to)

    async def link_page(self, request: Request, key: str) -> Response:
        """Whom a link lets in. Looking does not use it up: mail programs look at links, too."""
        try:
            account = await self._people.accounts.by_id(await self._people.links.leads_to(key))
        except (SignInRefused, UnknownPerson):
            return drawn(self._renderer, request, "link.html", 410, account=None, problem=LINK_OVER)
        except RecordsUnavailable:
            return drawn(self._renderer, request, "link.html", 503, account=None, problem=AWAY)
        return drawn(self._renderer, request, "link.html", account=account, problem="")

    async def enter_by_link(self, request: Request, key: str, next: str = "") -> Response:
        """The link, used up. Somebody without a password is asked to choose one, unless the link leads elsewhere."""
        try:
            cookie, session = await self._people.sign_in.by_link(key, visitor_of(request).address)
            account = await self._people.accounts.by_id(session.actor.id)
        except SignInRefused as error:
            problem, status = why(error, LINK_OVER)
            return drawn(self._renderer, request, "link.html", status, account=None, problem=problem)
        except RecordsUnavailable:
            return drawn(self._renderer, request, "link.html", 503, account=None, problem=AWAY)
        to = own_path(next) if next or account.subject else "/me"
        return await self._entered(request, cookie, session, to)

    async def change_page(self, request: Request) -> Response:
        """Who has a PIN on this device."""
        return await self._choice(request)

    async def change(self, request: Request) -> Response:
        """The change of person on a shared device."""
        visitor, fields = visitor_of(request), await form_fields(request)
        if visitor.device is None or visitor.device_key is None:
            return await self._choice(request)
        try:
            key, session = await self._people.sign_in.by_pin(
                fields.get("account", ""), fields.get("pin", ""), visitor.device, visitor.device_key, visitor.address
            )
        except SignInRefused as error:
            self._refused(error, Way.PIN)
            return await self._choice(request, *why(error, WRONG_PIN))
        except RecordsUnavailable:
            return await self._choice(request, AWAY, 503)
        return await self._entered(request, key, session, "/")

    async def leave(self, request: Request) -> Response:
        """The end of the session, here and everywhere."""
        session = visitor_of(request).session
        if session is not None:
            await self._people.sessions.end(session.key)
        answer = RedirectResponse("/" if visitor_of(request).device else "/sign-in", 303)
        take_key(answer, SESSION)
        forget(answer)
        return answer

    async def _entered(self, request: Request, key: str, session: Session, to: str) -> Response:
        former = visitor_of(request).session
        if former is not None:
            await self._people.sessions.end(former.key)
        self._note(session.actor, session.actor.way.value, "done")
        return let_in(key, session, to, await self._language(session.actor))

    async def _language(self, actor: Actor) -> str | None:
        """What the person reads; None where that is not known, or cannot be looked up now."""
        try:
            return (await self._people.accounts.by_id(actor.id)).language
        except (UnknownPerson, RecordsUnavailable):
            return None

    def _refused(self, error: SignInRefused, how: Way) -> None:
        """Note a try at somebody's door. Tries at nobody's are counted, and noted nowhere: they may be passwords."""
        if error.account is not None:
            self._people.log.note(refused_entry(error.account, "sign in", how.value, self._people.clock()))

    def _note(self, actor: Actor, how: str, outcome: str) -> None:
        now = self._people.clock()
        self._people.log.note(entry(actor, Kind.SIGN_IN, "sign in", how, now, outcome=outcome))

    def _form(self, request: Request, to: str, problem: str = "", status: int = 200) -> Response:
        return drawn(self._renderer, request, "sign_in.html", status, next=to, problem=problem, provider=self._provider)

    async def _choice(self, request: Request, problem: str = "", status: int = 200) -> Response:
        device = visitor_of(request).device
        if device is None:
            return drawn(self._renderer, request, "change.html", 404, people=[], problem="")
        try:
            people = await self._people.devices.people(device.id)
        except RecordsUnavailable:
            people, problem, status = [], AWAY, 503
        return drawn(self._renderer, request, "change.html", status, people=people, problem=problem)


def why(error: SignInRefused, wrong: str) -> tuple[str, int]:
    """(what the page says, its status). wrong: of a secret that was not right."""
    if isinstance(error, TooManyTries):
        minutes = max(1, round(error.retry_after_s / 60))
        return Phrase("Too many tries. Try again in %(minutes)s min.", minutes=minutes), 429
    return wrong, 403
