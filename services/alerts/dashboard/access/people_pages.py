"""What an overseer looks after: accounts, who is signed in, shared devices, API tokens; within the own wards."""

from datetime import timedelta

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.alerts.actor import Actor, Role
from services.alerts.dashboard.access.answers import drawn
from services.alerts.dashboard.access.cookies import DEVICE, YEAR_S, give_key
from services.alerts.dashboard.access.gate import form_fields
from services.alerts.dashboard.access.visitor import person_of
from services.alerts.dashboard.person_name import person_name
from services.alerts.dashboard.render import Renderer
from services.alerts.errors import RecordsUnavailable
from services.alerts.people.accounts import PERSONS
from services.alerts.people.errors import NameTaken, NotAName, UnknownPerson
from services.alerts.people.people import People
from services.alerts.people.sign_in_name import sign_in_name
from services.alerts.people.tokens import TokenScope
from services.alerts.phrase import Phrase
from services.site.records import Site

AWAY = "The database is away. Nothing was changed."
GIVE_LINK = "Give this link to %(name)s. It lets in once, within a day."
NOT_YOURS = "That is more than your own wards."


class Wrong(Exception):
    """A form that cannot be followed; its text says why."""


class PeoplePages:
    """Routes of /people."""

    def __init__(self, people: People, renderer: Renderer, site: Site) -> None:
        self._people = people
        self._renderer = renderer
        self._site = site

    def add_to(self, router: APIRouter) -> None:
        """Register them."""
        router.add_api_route("/people", self.page, methods=["GET"])
        router.add_api_route("/people/accounts", self.add_account, methods=["POST"])
        router.add_api_route("/people/accounts/{account}/link", self.make_link, methods=["POST"])
        router.add_api_route("/people/accounts/{account}/change", self.change_account, methods=["POST"])
        router.add_api_route("/people/accounts/{account}/end", self.end_account, methods=["POST"])
        router.add_api_route("/people/sessions/{session}/end", self.end_session, methods=["POST"])
        router.add_api_route("/people/devices", self.register_device, methods=["POST"])
        router.add_api_route("/people/devices/{device}/end", self.end_device, methods=["POST"])
        router.add_api_route("/people/tokens", self.make_token, methods=["POST"])
        router.add_api_route("/people/tokens/{token}/end", self.end_token, methods=["POST"])

    async def page(self, request: Request) -> Response:
        """Everything that lies in one's wards."""
        return await self._page(request)

    async def add_account(self, request: Request) -> Response:
        """A new account, and the one-time link by which its person comes in."""
        try:
            fields, (_, actor) = await form_fields(request), person_of(request)
            wards = self._wards(fields, actor)
            name, role = _name(fields), _role(fields)
            account = await self._people.accounts.add(_login(fields), name, role, wards)
            key = await self._people.links.make(account.id)
        except (Wrong, NameTaken) as error:
            return await self._page(request, str(error), 422)
        except RecordsUnavailable:
            return await self._page(request, AWAY, 503)
        return self._made(request, Phrase(GIVE_LINK, name=account.name), f"/link/{key}")

    async def make_link(self, request: Request, account: str) -> Response:
        """Another one-time link, for a password that was forgotten."""
        found = await self._people.accounts.by_id(account)
        key = await self._people.links.make(account)
        return self._made(request, Phrase(GIVE_LINK, name=found.name), f"/link/{key}")

    async def change_account(self, request: Request, account: str) -> Response:
        """Another role or other wards: whoever is signed in to it signs in anew."""
        try:
            fields, (_, actor) = await form_fields(request), person_of(request)
            wards, role = self._wards(fields, actor), _role(fields)
            await self._people.accounts.change(account, role=role.value, wards=None if wards is None else list(wards))
        except Wrong as error:
            return await self._page(request, str(error), 422)
        await self._people.sessions.end_all(lambda one: one.actor.id == account)
        return RedirectResponse("/people", 303)

    async def end_account(self, request: Request, account: str) -> Response:
        """An account that nobody enters any more."""
        if account == person_of(request)[1].id:
            return await self._page(request, "One does not end one's own account.", 409)
        await self._people.end_account(await self._people.accounts.by_id(account))
        return RedirectResponse("/people", 303)

    async def end_session(self, request: Request, session: str) -> Response:
        """Somebody who is signed in is no more."""
        await self._people.sessions.end(session)
        return RedirectResponse("/people", 303)

    async def register_device(self, request: Request) -> Response:
        """This very browser becomes a shared device: it gets a key of its own."""
        try:
            fields, (_, actor) = await form_fields(request), person_of(request)
            wards, name = self._wards(fields, actor), _name(fields)
            key, _ = await self._people.devices.register(name, wards, actor.id)
        except Wrong as error:
            return await self._page(request, str(error), 422)
        except RecordsUnavailable:
            return await self._page(request, AWAY, 503)
        answer = RedirectResponse("/people", 303)
        give_key(answer, DEVICE, key, YEAR_S)
        return answer

    async def end_device(self, request: Request, device: str) -> Response:
        """A device that is lost or goes."""
        await self._people.end_device(device)
        return RedirectResponse("/people", 303)

    async def make_token(self, request: Request) -> Response:
        """A token, shown this once."""
        try:
            fields, (_, actor) = await form_fields(request), person_of(request)
            wards, scopes = self._wards(fields, actor), _scopes(fields)
            key, token = await self._people.tokens.make(_name(fields), scopes, wards, actor.id, _days(fields))
        except Wrong as error:
            return await self._page(request, str(error), 422)
        except RecordsUnavailable:
            return await self._page(request, AWAY, 503)
        return self._made(request, Phrase("The token of %(name)s. It is shown this once.", name=token.name), key)

    async def end_token(self, request: Request, token: str) -> Response:
        """A program that is to come in no more."""
        try:
            await self._people.end_token(token)
        except UnknownPerson:
            return await self._page(request, "That token is over.", 409)
        return RedirectResponse("/people", 303)

    def _wards(self, fields: dict[str, str], actor: Actor) -> tuple[str, ...] | None:
        """The scope that a form names. Raises Wrong for none, and beyond the actor's own."""
        named = tuple(ward.id for ward in self._site.wards if f"ward_{ward.id}" in fields)
        wards = None if "every" in fields else named
        if wards == ():
            raise Wrong("choose a ward")
        if not actor.covers(wards):
            raise Wrong(NOT_YOURS)
        return wards

    def _made(self, request: Request, says: str, secret: str) -> Response:
        link = str(request.url.replace(path=secret, query="")) if secret.startswith("/") else ""
        return drawn(self._renderer, request, "made.html", says=says, secret=secret, link=link)

    async def _page(self, request: Request, problem: str = "", status: int = 200) -> Response:
        (session, actor), people = person_of(request), self._people
        try:
            accounts = [one for one in await people.accounts.all() if actor.covers(one.wards)]
            devices = [one for one in await people.devices.all() if actor.covers(one.wards)]
            tokens = [one for one in await people.tokens.all() if actor.covers(one.wards)]
        except RecordsUnavailable:
            accounts, devices, tokens, problem, status = [], [], [], AWAY, 503
        sessions = [one for one in await people.sessions.all() if actor.covers(one.actor.wards)]
        return drawn(
            self._renderer,
            request,
            "people.html",
            status,
            accounts=accounts,
            sessions=sessions,
            devices=devices,
            tokens=tokens,
            own=session.key,
            roles=[one.value for one in PERSONS],
            scopes=[one.value for one in TokenScope],
            wards=[(ward.id, ward.name) for ward in self._site.wards if actor.sees(ward.id)],
            ward_names={ward.id: ward.name for ward in self._site.wards},
            every=actor.wards is None,
            now=people.clock(),
            problem=problem,
        )


def _name(fields: dict[str, str]) -> str:
    try:
        return person_name(fields.get("name", ""))
    except ValueError as error:
        raise Wrong(str(error)) from None


def _login(fields: dict[str, str]) -> str:
    try:
        return sign_in_name(fields.get("login", ""))
    except NotAName as error:
        raise Wrong(str(error)) from None


def _role(fields: dict[str, str]) -> Role:
    said = fields.get("role", "")
    if said not in [one.value for one in PERSONS]:
        raise Wrong("choose a role")
    return Role(said)


def _scopes(fields: dict[str, str]) -> list[TokenScope]:
    found = [one for one in TokenScope if f"scope_{one.value}" in fields]
    if not found:
        raise Wrong("choose what the token lets do")
    return found


def _days(fields: dict[str, str]) -> timedelta:
    said = fields.get("days", "")
    if not (said.isascii() and said.isdigit() and 1 <= int(said) <= 366):
        raise Wrong("a token lasts 1 to 366 days")
    return timedelta(days=int(said))
