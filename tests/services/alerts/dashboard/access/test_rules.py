"""Every route by its rule: roles, wards, forms, ended sessions, tokens. Made from the table: none is left out."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from starlette.responses import PlainTextResponse

from services.alerts.actor import Role
from services.alerts.dashboard.access.cookies import DEVICE, FORM, SESSION
from services.alerts.dashboard.access.rules import RULES, Rule, RulesIncomplete, Scope, require_rules
from services.alerts.dashboard.app import make_app
from services.alerts.people.accounts import PERSONS
from services.alerts.people.rights import RIGHTS, Right
from services.alerts.people.secrets import form_token, kept_key, new_key
from services.alerts.people.tokens import TokenScope
from services.alerts.policy.alert import Outcome
from services.alerts.records.access_log import EntryFilter
from tests.services.alerts.bench import Bench
from tests.services.alerts.dashboard.access.house import House, Things, address, served_house
from tests.services.alerts.page import Headers, Page

every_route = pytest.mark.parametrize("route", RULES, ids=" ".join)
closed = pytest.mark.parametrize("route", [one for one, rule in RULES.items() if rule.right is not None], ids=" ".join)
Route = tuple[str, str]


pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """One for all these tests: none leaves anything that another minds."""
    async with served_house(tmp_path_factory.mktemp("house")) as one:
        yield one


async def ask(
    house: House, route: Route, headers: Headers | None = None, things: Things | None = None
) -> httpx.Response:
    """Send a request; of one whose answer lasts, its beginning."""
    method, path = route
    things = things or await house.things()
    request = house.client.build_request(method, address(path, things), headers=headers)
    answer = await house.client.send(request, stream=True)
    if not answer.headers.get("content-type", "").startswith("text/event-stream"):
        await answer.aread()
    await answer.aclose()
    return answer


def is_turned_away(answer: httpx.Response, rule: Rule) -> bool:
    """Whether nobody was recognised."""
    if rule.page:
        return answer.status_code == 303 and answer.headers["location"].startswith("/sign-in?next=")
    return answer.status_code == 401 and json.loads(answer.text) == {"error": "sign_in"}


def error(answer: httpx.Response) -> str:
    if not answer.headers.get("content-type", "").startswith("application/json"):
        return ""
    value = json.loads(answer.text)
    return str(value.get("error", "")) if isinstance(value, dict) else ""


@closed
async def test_nobody_gets_in_without_signing_in(house: House, route: Route) -> None:
    key = new_key()
    forged = {"Cookie": f"{SESSION}={key}; {FORM}={key}; {DEVICE}={key}", "X-Form-Token": form_token(key)}
    for headers in (None, forged, {"Authorization": f"Bearer {key}"}, {"Authorization": "Basic YTph"}):
        assert is_turned_away(await ask(house, route, headers), RULES[route]), headers


@closed
async def test_a_role_gets_in_where_it_has_the_right_and_nowhere_else(house: House, route: Route) -> None:
    rule = RULES[route]
    for role in PERSONS:
        answer = await ask(house, route, await house.page.headers(role.value, role))
        assert not is_turned_away(answer, rule), role
        if rule.right in RIGHTS[role]:
            assert (answer.status_code, error(answer)) != (403, "not_allowed"), role
            assert answer.status_code < 500, role
            assert answer.status_code != 404 or route == ("GET", "/change") or route == ("POST", "/change"), role
        else:
            assert (answer.status_code, error(answer)) == (403, "not_allowed"), role


@closed
async def test_a_shared_screen_shows_and_does_nothing_else(house: House, route: Route) -> None:
    rule, things, key = RULES[route], await house.things(), new_key()
    headers = {"Cookie": f"{DEVICE}={things.device_key}; {FORM}={key}", "X-Form-Token": form_token(key)}
    answer = await ask(house, route, headers, things)
    if rule.right in RIGHTS[Role.SCREEN]:
        assert answer.status_code in (200, 403 if route[0] == "POST" else 200)
        assert error(answer) == ""
    else:
        assert (answer.status_code, error(answer)) == (403, "not_allowed")


@pytest.mark.parametrize("route", [one for one, rule in RULES.items() if rule.scope is not Scope.NONE], ids=" ".join)
async def test_what_lies_in_another_ward_is_not_there(house: House, route: Route) -> None:
    """The same answer as for what does not exist at all, for a person, and where programs come, for a token."""
    rule, things = RULES[route], await house.things()
    role = next(one for one in (Role.NURSE, Role.OVERSEER) if rule.right in RIGHTS[one])
    inside, outside = [await house.page.headers(ward, role, (ward,)) for ward in ("ward-1", "ward-2")]
    answer = await ask(house, route, outside, things)
    account, device = replace(things.account, id="none"), replace(things.device, id="none")
    nowhere = Things(account, "0" * 64, device, "", "none", "", "none")
    missing = await house.client.request(route[0], address(route[1], nowhere, "nowhere"), headers=outside)
    assert (answer.status_code, answer.text) == (missing.status_code, missing.text) == (404, '{"error":"unknown"}')
    assert (await ask(house, route, inside, things)).status_code != 404
    if not rule.page and rule.right in (Right.SEE, Right.ACT):
        scopes = [TokenScope.SEE, TokenScope.ACT]
        key, _ = await house.people.tokens.make("Far", scopes, ("ward-2",), "overseer", timedelta(days=1))
        assert (await ask(house, route, {"Authorization": f"Bearer {key}"})).status_code == 404


@pytest.mark.parametrize("route", [one for one in RULES if one[0] == "POST"], ids=" ".join)
async def test_what_changes_something_is_sent_by_the_visitors_own_page(house: House, route: Route) -> None:
    """Without the token, or with the token of somebody else, nothing is done; also before anybody signed in."""
    things = await house.things()
    headers = await house.page.headers("Olga", Role.OVERSEER)
    other = (await house.page.headers("Eve", Role.OVERSEER))["X-Form-Token"]
    for wrong in (None, other, "", "x", headers["Cookie"].partition("=")[2]):
        sent = {"Cookie": headers["Cookie"]} | ({} if wrong is None else {"X-Form-Token": wrong})
        answer = await ask(house, route, sent, things)
        assert (answer.status_code, error(answer)) == (403, "form_token"), wrong
    client = house.page.stranger()
    answer = await client.post(
        address(route[1], things), headers={"Cookie": headers["Cookie"]}, data={"form_token": other}
    )
    assert error(answer) == "form_token"
    assert error(await ask(house, route, headers, things)) != "form_token"


@closed
async def test_a_session_that_was_ended_opens_nothing(house: House, route: Route) -> None:
    headers = await house.page.headers("Olga", Role.OVERSEER)
    await house.people.sessions.end(kept_key(headers["Cookie"].partition("=")[2]))
    assert is_turned_away(await ask(house, route, headers), RULES[route])


@closed
async def test_a_token_counts_for_programs_and_its_scopes_alone(house: House, route: Route) -> None:
    rule = RULES[route]
    for scope in TokenScope:
        key, token = await house.people.tokens.make(scope.value, [scope], ("ward-1",), "olga", timedelta(days=1))
        answer = await ask(house, route, {"Authorization": f"Bearer {key}"})
        if rule.page:
            assert is_turned_away(answer, rule), scope
        elif rule.right is not None and rule.right.value == scope.value:
            assert answer.status_code in (200, 409, 422), scope
        else:
            assert error(answer) == "not_allowed", scope
        await house.people.end_token(token.id)
        assert is_turned_away(await ask(house, route, {"Authorization": f"Bearer {key}"}), rule), scope


@pytest.mark.parametrize("route", [one for one, rule in RULES.items() if rule.kind is not None], ids=" ".join)
async def test_what_is_read_and_done_stands_in_the_records_with_the_person(house: House, route: Route) -> None:
    rule = RULES[route]
    role = next(one for one in (Role.NURSE, Role.OVERSEER) if rule.right in RIGHTS[one])
    name = f"Ada {rule.what}"
    await ask(house, route, await house.page.headers(name, role))
    await house.people.log.write()
    (line,) = [one for _, one in await house.people.log.read(EntryFilter(actor=f"id-of-{name}"[:36]))]
    assert (line.name, line.role, line.way, line.action) == (name, role.value, "password", rule.what)
    assert line.kind is rule.kind
    if rule.scope in (Scope.WARD, Scope.ALERT, Scope.PLAN, Scope.FAULT):
        assert line.ward == "ward-1"


async def test_who_tried_what_they_may_not_stands_there_too(house: House) -> None:
    await ask(house, ("GET", "/people"), await house.page.headers("Mallory"))
    await ask(house, ("GET", "/ward/{ward}"), await house.page.headers("Mallory", wards=("ward-2",)))
    await house.people.log.write()
    lines = [one for _, one in await house.people.log.read(EntryFilter(actor="id-of-Mallory"))]
    assert [(one.action, one.outcome) for one in lines] == [("ward page", "refused"), ("people page", "refused")]


async def test_open_routes_are_few_and_what_the_page_loads_is_open(house: House) -> None:
    assert {path for (_, path), rule in RULES.items() if rule.right is None} == {
        "/api/v1/openapi.json",
        "/language",
        "/sign-in",
        "/link/{key}",
        "/provider",
        "/provider/back",
    }
    client = house.client
    assert (await client.get("/static/ward.css")).status_code == 200
    for path in ("/nowhere", "/docs", "/openapi.json", "/static/../app.py"):
        assert (await client.get(path)).status_code == 404


async def test_the_records_and_lists_hold_what_lies_in_the_own_wards_alone(house: House) -> None:
    there = await house.page.client("Iris", wards=("ward-1",))
    elsewhere = await house.page.client("Bo", wards=("ward-2",))
    assert [len((await one.get("/api/v1/alerts")).json()["open"]) for one in (there, elsewhere)] == [1, 0]
    page = (await elsewhere.get("/")).text
    assert "River ward" in page
    assert "Garden ward" not in page
    auditors = [await house.page.client(ward, Role.AUDITOR, wards=(ward,)) for ward in ("ward-1", "ward-2")]
    await there.get("/ward/ward-1")
    texts = [(await one.get("/records")).text for one in auditors]
    assert ["Iris" in text for text in texts] == [True, False]


def app_of(directory: Path) -> tuple[Page, Bench]:
    bench = Bench(directory)
    return Page(bench), bench


async def test_a_route_without_a_rule_does_not_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page, _ = app_of(tmp_path)
    app = make_app(page.dashboard)
    ruled = app.router.route_class

    async def careless() -> None:
        return None

    app.get("/careless")(careless)
    with pytest.raises(RulesIncomplete, match=r"GET /careless has no rule"):
        require_rules(app.routes, ruled)
    app.routes.pop()
    app.router.add_route("/plain", lambda request: PlainTextResponse("x"))
    with pytest.raises(RulesIncomplete, match=r"plain.*not checked by any rule"):
        require_rules(app.routes, ruled)
    app.routes.pop()
    require_rules(app.routes, ruled)
    monkeypatch.setitem(RULES, ("GET", "/gone"), Rule(None, "gone"))
    with pytest.raises(RulesIncomplete, match=r"GET /gone has a rule and is no route"):
        make_app(page.dashboard)
    page.server.socket.close()
    await page.close()


async def test_every_right_is_somebodys_and_a_screens_are_few() -> None:
    assert set(Right) == {right for rights in RIGHTS.values() for right in rights}
    assert RIGHTS[Role.SCREEN] == {Right.ENTER, Right.SEE, Right.CHAIN}
    assert Right.ACT not in RIGHTS[Role.AUDITOR] | RIGHTS[Role.TECHNICIAN]
    assert Right.SEE not in RIGHTS[Role.AUDITOR] | RIGHTS[Role.TECHNICIAN]
    assert RIGHTS.keys() == set(Role)


@pytest.mark.parametrize("outcome", [Outcome.PAIN, Outcome.PAIN_TREATED])
async def test_a_shared_screen_reads_no_past_alerts_and_nothing_typed_at_a_bed(
    tmp_path: Path, outcome: Outcome
) -> None:
    """A person does, and a program; the screen's page has of past alerts who came and what it was."""
    async with served_house(tmp_path) as house:
        things = await house.things()
        await house.bench.arrive(things.alert)
        await house.bench.resolve(things.alert, outcome, reason="her hip again")
        screen = {"Cookie": f"{DEVICE}={things.device_key}"}
        for headers, told in (
            (screen, []),
            (await house.page.headers("Nora"), [things.alert]),
            ({"Authorization": f"Bearer {things.carried}"}, [things.alert]),
        ):
            listed = (await house.client.get("/api/v1/alerts", headers=headers)).json()
            ward = (await house.client.get("/api/v1/ward/ward-1", headers=headers)).json()
            assert [one["id"] for one in (*listed["history"], *ward["recent"])] == 2 * told
            assert ("her hip again" in f"{listed} {ward}") == bool(told)
        page = await house.client.get("/ward/ward-1", headers=screen)
        assert page.status_code == 200
        assert "her hip again" not in page.text
