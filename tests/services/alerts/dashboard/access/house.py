"""A house of two wards with people, devices and tokens, and its page over real HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from services.alerts.actor import Role
from services.alerts.people.accounts import Account
from services.alerts.people.devices import Device
from services.alerts.people.tokens import TokenScope
from services.site.file import load_site
from services.site.records import Site
from tests.services.alerts.bench import Bench
from tests.services.alerts.page import Page, served
from tests.services.alerts.people.crowd import PASSWORD

SITE = """
site: home
wards:
  - id: ward-1
    name: Garden ward
    rooms:
      - {id: room-1, name: Room 1, cameras: [{id: cam-room-1, name: Bed, token_sha256: TOKEN}]}
  - id: ward-2
    name: River ward
    rooms:
      - {id: room-7, name: Room 7, cameras: [{id: cam-room-7, name: Bed, token_sha256: TOKEN}]}
"""


def two_wards(directory: Path) -> Site:
    path = directory / "two.yaml"
    path.write_text(SITE.replace("TOKEN", "a" * 64))
    return load_site(path)


@dataclass
class Things:
    """One of each kind that a path may name, all of ward-1."""

    account: Account
    session: str
    device: Device
    device_key: str
    token: str
    carried: str
    alert: str


class House:
    """page: the page. things(): what requests are about."""

    def __init__(self, page: Page, bench: Bench, alert: str) -> None:
        self.page = page
        self.bench = bench
        self.people = page.people
        self.client = page.stranger()
        self._alert = alert
        self._made = 0

    async def person(
        self, login: str = "ada", role: Role = Role.NURSE, wards: tuple[str, ...] | None = None
    ) -> Account:
        """An account with the password."""
        kept = await self.people.passwords.hash(PASSWORD)
        return await self.people.accounts.add(login, login.capitalize(), role, wards, kept)

    async def things(self) -> Things:
        """Made anew at every call: requests may end them."""
        self._made += 1
        wards = ("ward-1",)
        account = await self.person(f"grace-{self._made}", Role.CARER, wards)
        _, session = await self.people.sign_in.by_password(account.login, PASSWORD, f"192.0.2.{self._made}")
        device_key, device = await self.people.devices.register("Tablet", wards, "overseer")
        carried, token = await self.people.tokens.make("Wall", [TokenScope.SEE], wards, "overseer", timedelta(days=1))
        return Things(account, session.key, device, device_key, token.id, carried, self._alert)


@asynccontextmanager
async def served_house(directory: Path) -> AsyncIterator[House]:
    """A running house with an open alert in ward-1."""
    bench = Bench(directory, site=two_wards(directory), urls=["http://127.0.0.1:9/hook"])
    alert = await bench.raised("room-1")
    async with served(bench) as (page, _):
        yield House(page, bench, alert)


def address(path: str, things: Things, ward: str = "ward-1") -> str:
    """A route's path with real things in it."""
    parts = {
        "ward": ward,
        "alert": things.alert,
        "verb": "pause" if "/wards/" in path else "seen" if "/faults/" in path else "ack",
        "room": "room-1",
        "account": things.account.id,
        "session": things.session,
        "device": things.device.id,
        "token": things.token,
        "receiver": "0" * 16,
        "table": "rooms",
        "key": "x" * 43,
    }
    path = path.replace("{scope:path}", f"{ward}/room-1/cam-room-1")
    path = path.replace("{key:path}", f"{ward}/room-1/cam-room-1/ingest.offline")
    return path.format(**parts) + (f"?ward={ward}" if path == "/events" else "")
