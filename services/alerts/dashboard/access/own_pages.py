"""What is a person's own: who one is here, one's password, one's PIN on a shared device."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from services.alerts.dashboard.access.answers import drawn
from services.alerts.dashboard.access.gate import form_fields
from services.alerts.dashboard.access.visitor import person_of, visitor_of
from services.alerts.dashboard.render import Renderer
from services.alerts.errors import RecordsUnavailable
from services.alerts.people.accounts import Account
from services.alerts.people.errors import SignInRefused, UnknownPerson, WeakSecret
from services.alerts.people.people import People
from services.alerts.phrase import Phrase
from services.site.records import Site

DIFFERENT = "The two new ones are not the same."
WRONG = "That is not the present password."
OVER = "This account is over."
AWAY = "The database is away. Nothing was changed."


class OwnPages:
    """Routes of /me."""

    def __init__(self, people: People, renderer: Renderer, site: Site) -> None:
        self._people = people
        self._renderer = renderer
        self._ward_names = {ward.id: ward.name for ward in site.wards}

    def add_to(self, router: APIRouter) -> None:
        """Register them."""
        router.add_api_route("/me", self.page, methods=["GET"])
        router.add_api_route("/me/password", self.set_password, methods=["POST"])
        router.add_api_route("/me/pin", self.set_pin, methods=["POST"])

    async def page(self, request: Request) -> Response:
        """Who one is."""
        return await self._page(request)

    async def set_password(self, request: Request) -> Response:
        """Another password; every other session of the person ends."""
        fields, (session, _) = await form_fields(request), person_of(request)
        new = fields.get("new", "")
        if new != fields.get("again"):
            return await self._page(request, DIFFERENT, 422)
        try:
            old, address = fields.get("old", ""), visitor_of(request).address
            await self._people.sign_in.change_password(session, old, new, address)
        except WeakSecret as error:
            return await self._page(request, str(error), 422)
        except (SignInRefused, UnknownPerson):
            return await self._page(request, WRONG, 403)
        except RecordsUnavailable:
            return await self._page(request, AWAY, 503)
        return await self._page(request, done="The password is changed. Your other sessions and PINs have ended.")

    async def set_pin(self, request: Request) -> Response:
        """A PIN for this person on this device, against the password: who walks by an open tablet sets none."""
        fields, visitor, (session, _) = await form_fields(request), visitor_of(request), person_of(request)
        if visitor.device is None or visitor.device_key is None:
            return await self._page(request, "This is not a shared device.", 409)
        if fields.get("new", "") != fields.get("again"):
            return await self._page(request, DIFFERENT, 422)
        try:
            account = await self._people.sign_in.check_own(session, fields.get("old", ""), visitor.address)
            await self._people.devices.set_pin(account, visitor.device, visitor.device_key, fields.get("new", ""))
        except WeakSecret as error:
            return await self._page(request, str(error), 422)
        except (SignInRefused, UnknownPerson):
            return await self._page(request, WRONG, 403)
        except RecordsUnavailable:
            return await self._page(request, AWAY, 503)
        return await self._page(request, done=Phrase("Your PIN counts on %(device)s.", device=visitor.device.name))

    async def _page(self, request: Request, problem: str = "", status: int = 200, done: str = "") -> Response:
        _, actor = person_of(request)
        account: Account | None = None
        try:
            account = await self._people.accounts.by_id(actor.id)
        except UnknownPerson:
            problem = problem or OVER
        except RecordsUnavailable:
            problem, status = problem or AWAY, 503
        return drawn(
            self._renderer,
            request,
            "me.html",
            status,
            account=account,
            ward_names=self._ward_names,
            problem=problem,
            done=done,
        )
