"""Sign-in by a real, certified OpenID provider (oidc-provider, run by node), over HTTP from end to end."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import parse_qs, urljoin, urlsplit

import httpx
import pytest

from localsite.process import Process
from services.alerts.actor import Role, Way
from services.alerts.dashboard.access.cookies import FLOW, SESSION
from services.alerts.people.errors import ProviderRefused
from services.alerts.people.provider import Provider, ProviderRules, check_roles
from services.alerts.people.sign_in import ADDRESS_BURST
from services.alerts.records.database import Database
from tests.services.alerts.bench import Bench
from tests.services.alerts.page import served
from tests.services.alerts.people.crowd import Crowd, database_at
from tests.support.waiting import PATIENCE_S

SCRIPT = Path(__file__).with_name("provider.mjs")
BACK = "http://127.0.0.1:9/provider/back"
ROLES = {"overseers": "overseer *", "night-nurses": "nurse ward-1 ward-2"}


@pytest.fixture(scope="module")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    log = tmp_path_factory.mktemp("provider") / "provider.log"
    process = Process("provider", ["node", str(SCRIPT), str(port), BACK], log).start()
    try:
        process.wait_for("provider", lambda: "listening" in process.log_end() or None)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()


class Away:
    """A home's people, their provider, and a browser at the provider."""

    def __init__(self, database: Database, issuer: str) -> None:
        self.crowd = Crowd(database)
        self.mono = 0.0
        self.rules = ProviderRules(issuer, "veilward", "secret", BACK, "groups", ROLES)
        self.provider = Provider(self.rules, self.crowd.accounts, lambda: self.mono)

    async def sign_in(self, url: str, name: str) -> dict[str, str]:
        return await sign_in_there(url, name)


async def sign_in_there(url: str, name: str) -> dict[str, str]:
    """Sign in there under a name, consent, and what the browser is then sent back with."""
    async with httpx.AsyncClient(timeout=PATIENCE_S) as browser:
        answer = await browser.get(url)
        for _ in range(20):
            if answer.status_code in (302, 303):
                to = urljoin(str(answer.url), answer.headers["location"])
                if to.startswith(BACK):
                    return {key: values[0] for key, values in parse_qs(urlsplit(to).query).items()}
                answer = await browser.get(to)
                continue
            assert answer.status_code == 200, answer.text
            action = re.search(r'<form[^>]* action="([^"]+)"', answer.text)
            prompt = re.search(r'name="prompt" value="(\w+)"', answer.text)
            assert action is not None and prompt is not None, answer.text
            fields = {"prompt": prompt[1], "login": name, "password": "any"}
            answer = await browser.post(urljoin(str(answer.url), action[1]), data=fields)
    raise AssertionError("the provider leads nowhere")


@pytest.fixture
async def away(tmp_path: Path, issuer: str) -> AsyncIterator[Away]:
    database = database_at(tmp_path)
    await database.open()
    yield Away(database, issuer)
    await database.close()


async def test_somebody_signs_in_there_and_is_somebody_here(away: Away) -> None:
    url, key = await away.provider.ask("/ward/ward-1")
    asked = parse_qs(urlsplit(url).query)
    assert (asked["response_type"], asked["code_challenge_method"]) == (["code"], ["S256"])
    assert {"state", "nonce", "code_challenge"} <= asked.keys()
    account, session, to = await away.provider.answer(key, await away.sign_in(url, "ada"))
    assert (account.name, account.role, account.wards) == ("ADA", Role.NURSE, ("ward-1", "ward-2"))
    assert account.actor(Way.PROVIDER).way is Way.PROVIDER
    assert to == "/ward/ward-1"
    assert session is None or isinstance(session, str)
    url, key = await away.provider.ask("/")
    again, _, _ = await away.provider.answer(key, await away.sign_in(url, "ada"))
    assert again == account
    url, key = await away.provider.ask("/")
    olga, _, _ = await away.provider.answer(key, await away.sign_in(url, "olga"))
    assert (olga.role, olga.wards) == (Role.OVERSEER, None)


async def test_whoever_has_no_role_here_does_not_come_in(away: Away) -> None:
    url, key = await away.provider.ask("/")
    with pytest.raises(ProviderRefused, match="no role"):
        await away.provider.answer(key, await away.sign_in(url, "eve"))
    assert await away.crowd.accounts.all() == []


async def test_a_local_account_of_the_same_name_stays_its_own(away: Away) -> None:
    local = await away.crowd.person("ada", Role.OVERSEER)
    url, key = await away.provider.ask("/")
    account, _, _ = await away.provider.answer(key, await away.sign_in(url, "ada"))
    assert account.id != local.id
    assert account.login != "ada"


async def test_an_account_that_was_ended_here_stays_so(away: Away) -> None:
    url, key = await away.provider.ask("/")
    account, _, _ = await away.provider.answer(key, await away.sign_in(url, "ada"))
    await away.crowd.accounts.end(account.id)
    for _ in range(2):
        url, key = await away.provider.ask("/")
        with pytest.raises(ProviderRefused, match="over"):
            await away.provider.answer(key, await away.sign_in(url, "ada"))


async def test_an_answer_counts_once_for_its_own_browser_and_question_in_its_time(away: Away) -> None:
    url, key = await away.provider.ask("/")
    answer = await away.sign_in(url, "ada")
    _, other = await away.provider.ask("/")
    for stranger in (other, "", "x" * 43):
        with pytest.raises(ProviderRefused, match="this browser"):
            await away.provider.answer(stranger, answer)
    with pytest.raises(ProviderRefused, match="this browser"):
        await away.provider.answer(key, answer | {"state": "x"})
    with pytest.raises(ProviderRefused, match="this browser"):
        await away.provider.answer(key, answer)
    url, key = await away.provider.ask("/")
    answer = await away.sign_in(url, "ada")
    away.mono += 601
    with pytest.raises(ProviderRefused, match="this browser"):
        await away.provider.answer(key, answer)


async def test_a_token_for_another_question_is_refused(away: Away) -> None:
    """A code of another question is exchanged with another verifier: the provider refuses it (RFC 7636)."""
    url, key = await away.provider.ask("/")
    mine = await away.sign_in(url, "ada")
    other_url, _ = await away.provider.ask("/")
    stolen = await away.sign_in(other_url, "olga")
    with pytest.raises(ProviderRefused, match="does not hold"):
        await away.provider.answer(key, mine | {"code": stolen["code"]})
    url, key = await away.provider.ask("/")
    answer = await away.sign_in(url, "ada")
    flow = away.provider._flows.popitem()
    away.provider._flows[flow[0]] = type(flow[1])(flow[1].state, "x", flow[1].verifier, "/", flow[1].until)
    with pytest.raises(ProviderRefused, match="does not hold"):
        await away.provider.answer(key, answer)


async def test_a_provider_that_is_away_or_somebody_else_is_refused(away: Away) -> None:
    for issuer in ("http://127.0.0.1:9", away.rules.issuer.replace("127.0.0.1", "localhost")):
        rules = ProviderRules(issuer, "veilward", "secret", BACK, "groups", ROLES)
        with pytest.raises(ProviderRefused):
            await Provider(rules, away.crowd.accounts, lambda: 0.0).ask("/")


async def test_a_provider_that_goes_away_before_it_gives_a_token_is_refused(away: Away) -> None:
    url, key = await away.provider.ask("/")
    answer = await away.sign_in(url, "ada")
    known = await away.provider._configuration() | {"token_endpoint": "http://127.0.0.1:9/token"}

    async def configuration() -> dict[str, str]:
        return known

    away.provider._configuration = configuration  # type: ignore[method-assign]
    with pytest.raises(ProviderRefused, match="does not hold: ConnectError"):
        await away.provider.answer(key, answer)


def test_nothing_is_said_beside_the_log_where_only_what_is_deployed_is_installed() -> None:
    """Authlib's own client takes httpx2 where that lies by chance, and complains to stderr where it does not."""
    words = "import sys; sys.modules['httpx2'] = None; import services.alerts.people.provider"
    done = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("wrong", ["nurse", "king *", "screen *", ""])
def test_standings_are_roles_with_wards(wrong: str) -> None:
    check_roles(ROLES)
    with pytest.raises(ValueError):
        check_roles({"x": wrong})


async def test_a_browser_goes_there_and_comes_back_signed_in(tmp_path: Path, issuer: str) -> None:
    rules = ProviderRules(issuer, "veilward", "secret", BACK, "groups", ROLES)
    bench = Bench(tmp_path)
    async with served(bench, provider=lambda accounts: Provider(rules, accounts, lambda: 0.0)) as (page, _):
        here = page.stranger()
        assert 'href="/provider?next=/ward/ward-1"' in (await here.get("/sign-in?next=/ward/ward-1")).text
        sent = await here.get("/provider?next=/ward/ward-1")
        flow = sent.headers["set-cookie"].split(";")[0]
        assert (sent.status_code, flow.startswith(FLOW)) == (303, True)
        answer = await sign_in_there(sent.headers["location"], "ada")
        stranger = await here.get("/provider/back", params=answer)
        assert (stranger.status_code, SESSION in str(stranger.headers)) == (403, False)
        back = await here.get("/provider/back", params=answer, headers={"Cookie": flow})
        assert (back.status_code, back.headers["location"]) == (303, "/ward/ward-1")
        cookie = next(one for one in back.headers.get_list("set-cookie") if one.startswith(SESSION)).split(";")[0]
        assert "<b>ADA</b> <small>nurse</small>" in (await here.get("/", headers={"Cookie": cookie})).text
        again = await here.get("/provider/back", params=answer, headers={"Cookie": flow})
        assert again.status_code == 403


async def test_who_asks_for_the_provider_again_and_again_pushes_nobody_out(tmp_path: Path, issuer: str) -> None:
    rules = ProviderRules(issuer, "veilward", "secret", BACK, "groups", ROLES)
    bench = Bench(tmp_path)
    async with served(bench, provider=lambda accounts: Provider(rules, accounts, lambda: 0.0)) as (page, _):
        here = page.stranger()
        asked = [(await here.get("/provider")).status_code for _ in range(2 * ADDRESS_BURST)]
    assert asked == [303] * ADDRESS_BURST + [429] * ADDRESS_BURST


async def test_without_a_provider_there_is_no_way_to_one(tmp_path: Path) -> None:
    async with served(Bench(tmp_path)) as (page, _):
        here = page.stranger()
        assert "/provider" not in (await here.get("/sign-in")).text
        assert [(await here.get(path)).status_code for path in ("/provider", "/provider/back")] == [404, 404]
