"""Whoever is refused in a browser reads why, in words and in the own language; programs and scripts get JSON."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from services.alerts.actor import Role
from services.alerts.errors import RecordsUnavailable
from services.alerts.policy.alert import Outcome
from tests.services.alerts.dashboard.access.house import House, served_house

pytestmark = pytest.mark.asyncio(loop_scope="module")

PERSON = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
"""What browsers send where a person follows a link or sends a form."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async with served_house(tmp_path_factory.mktemp("house")) as one:
        yield one


def says(answer: httpx.Response, status: int, words: str) -> None:
    """A page with these words and a way on."""
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("text/html"), answer.text
    assert f'<p class="problem" role="alert">{words}</p>' in answer.text
    assert '<a class="button" href="/">' in answer.text


async def test_a_page_that_the_role_may_not_see(house: House) -> None:
    nurse = await house.page.client()
    says(await nurse.get("/people", headers=PERSON), 403, "Your role may not do this.")
    german = await nurse.get("/people", headers=PERSON | {"Accept-Language": "de"})
    says(german, 403, "Ihre Rolle darf das nicht.")
    assert (await nurse.get("/people")).json() == {"error": "not_allowed"}


async def test_what_is_not_there_and_what_is_anothers_look_alike(house: House) -> None:
    nurse = await house.page.client("Una", wards=("ward-1",))
    for path in ("/nowhere", "/ward/ward-9", "/ward/ward-2", "/ward/ward-1/room/room-99"):
        answer = await nurse.get(path, headers=PERSON)
        says(answer, 404, "There is no such page, or it is of a ward that is not yours.")
        assert "Una" in answer.text
        assert (await nurse.get(path)).headers["content-type"] == "application/json"


async def test_somebody_who_is_not_signed_in_and_a_path_of_no_page(house: House) -> None:
    says(
        await house.page.stranger().get("/nowhere", headers=PERSON),
        404,
        "There is no such page, or it is of a ward that is not yours.",
    )


async def test_a_program_whose_token_is_over_is_told_so_whatever_it_accepts(house: House) -> None:
    answer = await house.page.stranger().get("/api/v1/alerts", headers=PERSON | {"Authorization": "Bearer over"})
    assert (answer.status_code, answer.headers["content-type"]) == (401, "application/json")


async def test_a_form_that_came_late(house: House) -> None:
    """By a browser without scripts, whose forms are plain."""
    ada, bo = await house.page.client(), await house.page.client("Bo")
    alert = house.bench.ward_state.open_alerts()[0].id
    form = {"form_token": bo.headers["X-Form-Token"]}
    await house.bench.accept(alert, "Ada")
    late = await bo.post(f"/api/v1/alerts/{alert}/ack", data=form, headers=PERSON)
    says(late, 409, "Ada was faster.")
    assert 'name="next" value="/"' in late.text, "the form's own address is no page to come back to"
    await house.bench.arrive(alert, "Ada")
    await house.bench.resolve(alert, Outcome.NO_PAIN, "Ada")
    over = await bo.post(f"/api/v1/alerts/{alert}/ack", data=form, headers=PERSON)
    says(over, 409, "This alert is over.")
    assert (await bo.post(f"/api/v1/alerts/{alert}/ack")).json()["error"] == "cleared"
    wrong = await ada.post(
        "/api/v1/pauses/ward-1/room-9", data={"form_token": ada.headers["X-Form-Token"]}, headers=PERSON
    )
    says(wrong, 404, "There is no such page, or it is of a ward that is not yours.")


async def test_a_form_of_before_another_sign_in(house: House) -> None:
    ada = await house.page.client()
    del ada.headers["X-Form-Token"]
    stale = await ada.post("/sign-out", data={"form_token": "0" * 64}, headers=PERSON)
    says(stale, 403, "Somebody signed in or out here since this page was opened. Go back, load it anew, and try again.")


async def test_a_form_and_a_table_after_the_session_lead_to_the_sign_in(house: House) -> None:
    stranger = house.page.stranger()
    form = await stranger.post("/api/v1/alerts/x/ack", data={"form_token": "0"}, headers=PERSON)
    assert (form.status_code, form.headers["location"]) == (303, "/sign-in?next=/")
    table = await stranger.get("/ward/ward-1/history.csv", headers=PERSON)
    assert (table.status_code, table.headers["location"]) == (303, "/sign-in?next=/ward/ward-1/history.csv")
    assert (await stranger.get("/ward/ward-1/history.csv")).status_code == 401


async def test_words_that_are_too_long_and_a_number_that_is_none(house: House) -> None:
    ada = await house.page.client()
    form = {"form_token": ada.headers["X-Form-Token"], "minutes": "soon"}
    answer = await ada.post("/api/v1/wards/ward-1/rooms/room-1/pause", data=form, headers=PERSON)
    says(answer, 422, "This cannot be done like that.")
    unread = await ada.get("/ward/ward-1/room/room-1?days=many", headers=PERSON)
    says(unread, 422, "This cannot be done like that.")
    assert (await ada.get("/ward/ward-1/room/room-1?days=many")).json()["detail"]


async def test_while_the_database_is_away(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(*_: object) -> None:
        raise RecordsUnavailable

    things = await house.things()
    olga = await house.page.client("Olga", Role.OVERSEER)
    monkeypatch.setattr(house.people.accounts, "by_id", away)
    form = {"form_token": olga.headers["X-Form-Token"]}
    answer = await olga.post(f"/people/accounts/{things.account.id}/end", data=form, headers=PERSON)
    says(answer, 503, "The database is away.")
    monkeypatch.setattr(house.page.memory.history, "find", away)
    says(await olga.get("/ward/ward-1/history.csv", headers=PERSON), 503, "The database is away.")
