"""Signing in over real HTTP: cookies, forms, rotation, lasting answers that end, shared devices, the way out."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from services.alerts.actor import Role
from services.alerts.dashboard.access.answers import own_path
from services.alerts.dashboard.access.cookies import DEVICE, FORM, SESSION
from services.alerts.people.attempts import FREE
from services.alerts.people.secrets import kept_key
from services.alerts.people.session_times import SessionTimes
from services.alerts.records.access_log import EntryFilter, Kind
from services.alerts.records.database import Database
from tests.services.alerts.dashboard.access.browser import Browser
from tests.services.alerts.dashboard.access.house import House, served_house
from tests.services.alerts.page import browser
from tests.services.alerts.people.crowd import PASSWORD
from tests.support.waiting import PATIENCE_S


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with served_house(tmp_path) as one:
        yield one


async def test_a_page_leads_to_the_sign_in_and_back(house: House) -> None:
    await house.person("ada")
    here = Browser(house.client)
    away = await here.get("/ward/ward-2?x=1")
    assert (away.status_code, away.headers["location"]) == (303, "/sign-in?next=/ward/ward-2")
    await here.get(away.headers["location"])
    to = re.search(r'name="next" value="([^"]+)"', here.text)
    assert to is not None
    back = await here.send("/sign-in", login="ada", password=PASSWORD, next=to[1])
    assert (back.status_code, back.headers["location"]) == (303, "/ward/ward-2")
    page = await here.get("/ward/ward-2")
    assert page.status_code == 200
    assert "<b>Ada</b> <small>nurse</small>" in page.text
    assert (await here.get("/sign-in?next=/me")).headers["location"] == "/me"


@pytest.mark.parametrize("asked", ["//evil", "/\\evil", "https://evil", "evil", "", "/a\nb", "/é"])
def test_nobody_is_led_to_another_place(asked: str) -> None:
    assert own_path(asked) == "/"
    assert own_path("/ward/ward-1") == "/ward/ward-1"


async def test_a_key_is_new_at_every_sign_in_and_the_former_one_ends(house: House) -> None:
    await house.person("ada")
    here = Browser(house.client)
    planted = here.cookies[SESSION] = "planted-by-somebody-else"
    await here.sign_in("ada")
    first = here.cookies[SESSION]
    assert first not in ("", planted)
    assert await house.people.sessions.find(planted) is None
    await here.get("/me")
    await here.send("/sign-in", login="ada", password=PASSWORD)
    assert here.cookies[SESSION] != first
    assert await house.people.sessions.find(first) is None


async def test_wrong_tries_are_answered_alike_and_close_the_door(house: House) -> None:
    await house.person("ada")
    here, seen = Browser(house.client), []
    for login in ("ada", "nobody"):
        for _ in range(FREE):
            house.bench.at(house.bench.hand.mono + 10)
            answer = await here.sign_in(login, "wrong")
            seen.append((answer.status_code, re.sub("[0-9a-f]{64}", "", answer.text)))
        late = await here.sign_in(login)
        assert late.status_code == 429
        assert "Too many tries. Try again in 1 min." in late.text
    assert len(set(seen)) == 1
    assert seen[0][0] == 403
    await house.people.log.write()
    lines = [one for _, one in await house.people.log.read(EntryFilter(kind=Kind.SIGN_IN))]
    assert [one.outcome for one in lines] == ["refused"] * FREE
    assert "nobody" not in str(lines)


async def test_the_way_out_ends_the_session_and_its_events(house: House) -> None:
    await house.person("ada")
    here = Browser(house.client)
    await here.sign_in("ada")
    await here.get("/")
    cookie = {"Cookie": f"{SESSION}={here.cookies[SESSION]}"}
    async with browser(house.page, headers=cookie) as events:
        await events.until("Severe|Moderate", "room:room-1")
        out = await here.send("/sign-out")
        assert (out.status_code, out.headers["location"]) == (303, "/sign-in")
        assert SESSION not in here.cookies
        async with asyncio.timeout(PATIENCE_S):
            while events.names[-1] != "ended":
                await events.next()
            with pytest.raises(StopAsyncIteration):
                await events.next()
    assert (await house.client.get("/", headers=cookie)).status_code == 303


async def test_an_overseer_ends_a_session_and_its_screen_goes_dark(house: House) -> None:
    nurse = await house.page.headers("Ada")
    kept = kept_key(nurse["Cookie"].partition("=")[2])
    overseer = await house.page.client("Olga", Role.OVERSEER)
    assert "Ada" in (await overseer.get("/people")).text
    async with browser(house.page, headers=nurse) as events:
        await events.next()
        assert (await overseer.post(f"/people/sessions/{kept}/end")).status_code == 303
        async with asyncio.timeout(PATIENCE_S):
            while events.names[-1] != "ended":
                await events.next()


async def test_from_nothing_to_a_nurse_by_a_link(house: House) -> None:
    """An overseer adds somebody and gives the link; it lets in once, and looking does not use it up."""
    await house.person("olga", Role.OVERSEER)
    there, here = Browser(house.client), Browser(house.client)
    await there.sign_in("olga")
    await there.get("/people")
    made = await there.send("/people/accounts", name="Grace H.", login="Grace", role="nurse", **{"ward_ward-1": "on"})
    link = re.search(r"http://127\.0\.0\.1:\d+(/link/[\w-]{43})", made.text)
    assert link is not None
    for _ in range(2):
        assert "Sign in as Grace H." in (await here.get(link[1])).text
    entered = await here.send(link[1])
    assert (entered.status_code, entered.headers["location"]) == (303, "/me")
    assert (await Browser(house.client).get(link[1])).status_code == 410
    await here.get("/me")
    weak = await here.send("/me/password", new="short", again="short")
    assert (weak.status_code, "12 to 200 characters" in weak.text) == (422, True)
    assert (await here.send("/me/password", new=PASSWORD, again=PASSWORD + "x")).status_code == 422
    assert (await here.send("/me/password", new=PASSWORD, again=PASSWORD)).status_code == 200
    again = Browser(house.client)
    assert (await again.sign_in("grace")).status_code == 303
    assert "Garden ward" in (await again.get("/")).text
    assert (await again.get("/ward/ward-2")).status_code == 404


@pytest.mark.parametrize(("asked", "led"), [("/", "/"), ("/ward/ward-1", "/ward/ward-1"), ("//elsewhere.example", "/")])
async def test_a_link_leads_where_it_says_within_this_page(house: House, asked: str, led: str) -> None:
    key, here = await house.people.links.make((await house.person("grace")).id), Browser(house.client)
    await here.get(f"/link/{key}?next={asked}")
    assert (await here.send(f"/link/{key}?next={asked}")).headers["location"] == led


async def test_a_links_key_stands_in_no_record(house: House) -> None:
    """Whoever reads the records could come in by it: it is good until somebody has."""
    await house.person("olga", Role.OVERSEER)
    link = await house.people.links.make((await house.person("grace")).id)
    there = Browser(house.client)
    await there.sign_in("olga")
    headers = {"Cookie": f"{SESSION}={there.cookies[SESSION]}"}
    assert (await house.client.post(f"/link/{link}", headers=headers)).status_code == 403
    await house.people.log.write()
    lines = [one for _, one in await house.people.log.read(EntryFilter())]
    assert [one.outcome for one in lines if one.action == "sign in by link"] == ["refused"]
    assert link not in repr(lines)


async def test_a_shared_tablet_shows_and_changes_persons_by_pin(house: House) -> None:
    await house.person("olga", Role.OVERSEER)
    ada = await house.person("ada", wards=("ward-1", "ward-2"))
    tablet = Browser(house.client)
    await tablet.sign_in("olga")
    await tablet.get("/people")
    assert (await tablet.send("/people/devices", name="Tablet", **{"ward_ward-1": "on"})).status_code == 303
    assert DEVICE in tablet.cookies
    await tablet.get("/me")
    await tablet.send("/sign-out")
    page = await tablet.get("/")
    assert (page.status_code, "shows, does not act" in page.text, 'class="watching"' in page.text) == (200, True, True)
    assert (await tablet.get("/ward/ward-2")).status_code == 404
    assert "Nobody has a PIN" in (await tablet.get("/change")).text
    await tablet.sign_in("ada")
    await tablet.get("/me")
    assert (await tablet.send("/me/pin", old="wrong", new="295730", again="295730")).status_code == 403
    assert (await tablet.send("/me/pin", old=PASSWORD, new="111111", again="111111")).status_code == 422
    assert (await tablet.send("/me/pin", old=PASSWORD, new="295730", again="295730")).status_code == 200
    await tablet.send("/sign-out")
    await tablet.get("/change")
    assert (await tablet.send("/change", account=ada.id, pin="295731")).status_code == 403
    assert (await tablet.send("/change", account=ada.id, pin="295730")).status_code == 303
    assert "<b>Ada</b>" in (await tablet.get("/")).text
    assert (await tablet.get("/ward/ward-2")).status_code == 404
    stolen = {"Cookie": f"{SESSION}={tablet.cookies[SESSION]}"}
    assert (await house.client.get("/", headers=stolen)).status_code == 303, "without its device it opens nothing"
    house.bench.at(house.bench.hand.mono + 301)
    assert "shows, does not act" in (await tablet.get("/")).text
    (device,) = await house.people.devices.all()
    await house.people.end_device(device.id)
    assert (await tablet.get("/")).status_code == 303


async def test_an_overseer_gives_no_more_than_is_theirs(house: House) -> None:
    await house.person("olga", Role.OVERSEER, ("ward-1",))
    here = Browser(house.client)
    await here.sign_in("olga")
    await here.get("/people")
    assert "every ward" not in here.text
    for wards in ({"every": "on"}, {"ward_ward-2": "on"}, {}, {"ward_ward-1": "on", "ward_ward-2": "on"}):
        answer = await here.send("/people/accounts", name="Eve", login="eve", role="nurse", **wards)
        assert answer.status_code == 422, wards
        answer = await here.send("/people/tokens", name="Eve", days="1", scope_see="on", **wards)
        assert answer.status_code == 422, wards
        assert (await here.send("/people/devices", name="Eve", **wards)).status_code == 422, wards
    assert (await here.send("/people/accounts", name="Eve", login="eve", role="king")).status_code == 422
    assert await house.people.accounts.by_login("eve") is None
    taken = await here.send("/people/accounts", name="Olga", login="olga", role="nurse", **{"ward_ward-1": "on"})
    assert "another account has this sign-in name" in taken.text.lower()


async def test_another_role_signs_its_person_out(house: House) -> None:
    await house.person("olga", Role.OVERSEER)
    ada = await house.person("ada")
    here, there = Browser(house.client), Browser(house.client)
    await here.sign_in("ada")
    await there.sign_in("olga")
    await there.get("/people")
    await there.send(f"/people/accounts/{ada.id}/change", role="auditor", every="on")
    assert (await here.get("/")).status_code == 303
    await here.sign_in("ada")
    assert (await here.get("/")).headers["location"] == "/records"
    await there.get("/people")
    await there.send(f"/people/accounts/{ada.id}/end")
    assert (await here.get("/records")).status_code == 303
    assert (await here.sign_in("ada")).status_code == 403


async def test_a_form_without_a_cookie_of_its_own_is_refused(house: House) -> None:
    """Somebody else's form would sign a browser in under a name of theirs (login CSRF)."""
    await house.person("ada")
    here = Browser(house.client)
    await here.get("/sign-in")
    here.cookies[FORM] = "x" * 43
    assert (await here.send("/sign-in", login="ada", password=PASSWORD)).status_code == 403
    assert SESSION not in here.cookies


async def test_without_the_database_whoever_is_signed_in_stays_and_nobody_comes_in(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await house.person("ada")
    here = Browser(house.client)
    await here.sign_in("ada")
    await house.page.database.close()
    monkeypatch.setattr(house.page.database, "_engine", broken(house.page.database))
    assert (await here.get("/")).status_code == 200
    other = Browser(house.client)
    await other.get("/sign-in")
    answer = await other.send("/sign-in", login="ada", password=PASSWORD)
    assert (answer.status_code, "The database is away" in answer.text) == (503, True)


def broken(database: object) -> object:
    """The same kind of engine on a file that cannot be."""
    return Database("sqlite:////proc/nowhere.db")._engine


def test_the_times_of_a_shared_device_are_short() -> None:
    times = SessionTimes()
    assert times.pin_idle <= timedelta(minutes=5)
    assert times.pin_longest < times.longest
