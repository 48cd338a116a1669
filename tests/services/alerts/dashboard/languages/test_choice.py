"""In which language pages answer: chosen, preferred by the browser, or English."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.alerts.dashboard.languages.choice import COOKIE, preferred
from tests.services.alerts.bench import Bench
from tests.services.alerts.dashboard.access.browser import Browser
from tests.services.alerts.dashboard.access.house import served_house
from tests.services.alerts.page import browser, served


@pytest.mark.parametrize(
    ("accepted", "code"),
    [
        ("", "en"),
        ("de", "de"),
        ("de-AT,de;q=0.9,en;q=0.8", "de"),
        ("nl-BE", "nl"),
        ("es,fr;q=0.4,en;q=0.5", "en"),
        ("es,pt", "en"),
        ("en;q=0.2, FR", "fr"),
        ("de;q=0, nl;q=0.1", "nl"),
        ("*", "en"),
        ("de;q=x,fr", "fr"),
        (";;,,q=", "en"),
    ],
)
def test_the_browsers_order_counts(accepted: str, code: str) -> None:
    assert preferred(accepted) == code


async def test_two_people_follow_one_ward_in_two_languages(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    async with served(bench) as (page, client):
        german = {"Accept-Language": "de-DE,de;q=0.9"}
        text = (await client.get("/", headers=german)).text
        assert '<html lang="de">' in text
        assert "Technische Alarme" in text
        assert '"Live": "Live"' in text
        headers = await page.headers()
        async with browser(page, headers=headers | german) as hers, browser(page, headers=headers) as his:
            await bench.raised("room-3", 3)
            await hers.until("Übernehmen", "room:room-3")
            await his.until("Acknowledge", "room:room-3")
            assert "Stark" in hers.fragments["room:room-3"]
            assert "Severe" in his.fragments["room:room-3"]
        assert '<html lang="en">' in (await client.get("/")).text


async def test_a_choice_is_kept_and_leads_back(tmp_path: Path) -> None:
    async with served(Bench(tmp_path)) as (_, client):
        token = client.headers["X-Form-Token"]
        form = {"language": "fr", "next": "/ward/ward-1/chain", "form_token": token}
        answer = await client.post("/language", data=form)
        assert (answer.status_code, answer.headers["location"]) == (303, "/ward/ward-1/chain")
        chosen = {"Cookie": f"{client.headers['Cookie']}; {COOKIE}={answer.cookies[COOKIE]}", "Accept-Language": "de"}
        assert '<html lang="fr">' in (await client.get("/me", headers=chosen)).text
        wrong = await client.post("/language", data=form | {"language": "xx", "next": "//elsewhere"})
        assert (wrong.headers["location"], COOKIE in wrong.cookies) == ("/", False)


async def test_who_is_not_signed_in_chooses_too(tmp_path: Path) -> None:
    async with served(Bench(tmp_path)) as (page, _):
        stranger = page.stranger()
        text = (await stranger.get("/sign-in", headers={"Accept-Language": "nl"})).text
        assert "Wachtwoord" in text
        assert 'name="next" value="/sign-in"' in text


async def test_a_persons_choice_comes_along_to_the_next_browser_and_goes_with_the_person(tmp_path: Path) -> None:
    async with served_house(tmp_path) as house:
        await house.person("ada")
        tablet, phone = Browser(house.page.stranger()), Browser(house.page.stranger())
        await tablet.sign_in("ada")
        assert COOKIE not in tablet.cookies
        await tablet.get("/me")
        assert (await tablet.send("/language", language="nl", next="/me")).headers["location"] == "/me"
        await phone.sign_in("ada")
        assert phone.cookies[COOKIE] == "nl"
        assert '<html lang="nl">' in (await phone.get("/me")).text
        await phone.send("/sign-out")
        assert COOKIE not in phone.cookies
