"""axe-core on every page that the route table knows, in both themes: a new page is among them without a word here."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from services.alerts.actor import Role
from services.alerts.dashboard.access.cookies import DEVICE
from services.alerts.dashboard.access.rules import RULES
from services.alerts.policy.alert import Outcome
from services.alerts.policy.technical import Severity, TechnicalCondition
from tests.services.alerts.bench import Bench
from tests.services.alerts.chromium import Chromium, Tab, chromium
from tests.services.alerts.dashboard.access.house import House, address, served_house
from tests.services.alerts.dashboard.axe import LOADED, violations
from tests.services.alerts.people.crowd import PASSWORD

pytestmark = pytest.mark.asyncio(loop_scope="module")

LEADS_AWAY = {"/provider", "/provider/back"}
"""Draw no page of their own where no identity provider is set."""
PAGES = [path for (method, path), rule in RULES.items() if method == "GET" and rule.page and path not in LEADS_AWAY]
OPEN = [path for path in PAGES if RULES["GET", path].right is None]
NO_DELAY = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
THEMES = [(False, (1400, 900)), (True, (390, 844))]
themes = pytest.mark.parametrize(("dark", "size"), THEMES, ids=["light-desktop", "dark-phone"])


async def busy(bench: Bench) -> None:
    """Something of everything that the ward's page can show, in the house's room and in some that nobody has listed."""
    treated = await bench.raised("cellar", 2, 10)
    await bench.arrive(treated, "Grace")
    await bench.resolve(treated, Outcome.PAIN_TREATED, "Grace", "turned her")
    await bench.tick(3700)
    await bench.raised("attic", 3, 3701)
    for room in ("hall", "loft"):
        await bench.raised(room, 2, 3710)
    alerts = {one.camera.split("/")[1]: one.id for one in bench.ward_state.open_alerts()}
    await bench.accept(alerts["hall"], "Grace")
    await bench.arrive(alerts["loft"], "Grace")
    await bench.pain(3720, 1, "study")
    await bench.state(3721, "ingest", "offline", "study")
    await bench.pain(3722, 0, "parlour")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async with served_house(tmp_path_factory.mktemp("house")) as one:
        await busy(one.bench)
        one.page.problems = ("Redis is away: alerts are held in memory.",)
        one.page.faults = (TechnicalCondition("", "redis", Severity.ALARM, one.page.problems[0], one.bench.now),)
        yield one


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Chromium]:
    async with chromium(tmp_path_factory.mktemp("chromium")) as one:
        yield one


async def shown(tab: Tab, url: str, dark: bool, size: tuple[int, int]) -> list[str]:
    """Open a page; what axe finds in it."""
    await tab.open(url, dark, size)
    await tab.until(f"{LOADED} && location.href.startsWith({url.partition('?')[0]!r})")
    assert await tab.evaluate("document.contentType") == "text/html"
    assert await tab.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "it scrolls sideways"
    return await violations(tab)


@themes
@pytest.mark.parametrize("path", PAGES)
async def test_no_page_breaks_a_rule(
    house: House, browser: Chromium, path: str, dark: bool, size: tuple[int, int]
) -> None:
    things = await house.things()
    async with browser.tab() as tab:
        if path in OPEN:
            await tab.call("Network.clearBrowserCookies")
        else:
            await tab.carry(house.page.url, await house.page.headers("Olga", Role.OVERSEER))
        assert await shown(tab, house.page.url + address(path, things), dark, size) == []


@themes
async def test_what_a_shared_device_shows_breaks_none(
    house: House, browser: Chromium, dark: bool, size: tuple[int, int]
) -> None:
    """The ward's page that cannot act, the choice of a person, and the own page with a PIN to set."""
    things, people = await house.things(), house.people
    device = {"Cookie": f"{DEVICE}={things.device_key}"}
    await people.devices.set_pin(things.account, things.device, things.device_key, "246810")
    key, _ = await people.sign_in.by_password(things.account.login, PASSWORD, "192.0.2.200", things.device)
    async with browser.tab() as tab:
        await tab.call("Network.clearBrowserCookies")
        await tab.carry(house.page.url, device)
        for path in ("/ward/ward-1", "/change"):
            assert await shown(tab, house.page.url + path, dark, size) == []
        await tab.carry(house.page.url, {"Cookie": f"__Host-veilward-session={key}"})
        assert await shown(tab, f"{house.page.url}/me", dark, size) == []


@themes
@pytest.mark.parametrize("path", ["/people", "/nowhere"])
async def test_what_is_refused_breaks_none(
    house: House, browser: Chromium, path: str, dark: bool, size: tuple[int, int]
) -> None:
    """Before somebody with a long name."""
    async with browser.tab() as tab:
        await tab.carry(house.page.url, await house.page.headers("Maria-Magdalena Oberhuber-Schlichting"))
        assert await shown(tab, house.page.url + path, dark, size) == []
        assert await tab.evaluate("document.querySelector('.problem').textContent") != ""


@themes
async def test_what_a_form_answers_breaks_none(
    house: House, browser: Chromium, dark: bool, size: tuple[int, int]
) -> None:
    """A secret that was made, and a form that was refused."""
    async with browser.tab() as tab:
        await tab.carry(house.page.url, await house.page.headers("Olga", Role.OVERSEER))
        for days, path in (("9", "/people/tokens"), ("0", "/people/tokens")):
            await tab.open(f"{house.page.url}/people", dark, size)
            await tab.until(LOADED)
            script = f"""(() => {{
                const form = document.querySelector('form[action="/people/tokens"]');
                form.noValidate = true;
                form.elements.name.value = 'Wall';
                form.elements.days.value = '{days}';
                form.querySelector('[name^=ward_]').checked = true;
                form.submit();
            }})()"""
            await tab.evaluate(script)
            await tab.until(f"{LOADED} && location.pathname === '{path}'")
            assert await violations(tab) == []


SMALL = """[...document.querySelectorAll('.tile :is(a, button, summary, input), .lane button, .more a')]
    .filter(one => one.checkVisibility() && one.getBoundingClientRect().height < 40).map(one => one.outerHTML)"""


async def test_a_finger_in_a_glove_meets_what_it_means(house: House, browser: Chromium) -> None:
    """What is done at a bed is 40 pixels high and more where fingers point; WCAG asks for 24."""
    async with browser.tab() as tab:
        await tab.carry(house.page.url, await house.page.headers("Olga", Role.OVERSEER))
        await tab.open(f"{house.page.url}/ward/ward-1", size=THEMES[1][1])
        await tab.call("Emulation.setTouchEmulationEnabled", enabled=True)
        phone = {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True}
        await tab.call("Emulation.setDeviceMetricsOverride", **phone)
        await tab.until(f"{LOADED} && matchMedia('(pointer: coarse)').matches")
        assert await tab.evaluate("document.querySelectorAll('.tile button').length") > 10
        assert await tab.evaluate(SMALL) == []


async def test_it_finds_what_is_wrong(browser: Chromium) -> None:
    async with browser.tab() as tab:
        await tab.evaluate(
            "document.body.innerHTML = '<button></button><p style=\"color:#aaa;background:#fff\">pale words</p>'"
        )
        rules = {one.partition(":")[0] for one in await violations(tab)}
    assert {"button-name", "color-contrast"} <= rules


async def test_pages_that_are_not_drawn_are_routes() -> None:
    assert {path for method, path in RULES if method == "GET"} >= LEADS_AWAY


async def test_the_chains_are_drawn_anew_in_their_place(house: House, browser: Chromium) -> None:
    async with browser.tab() as tab:
        await tab.carry(house.page.url, await house.page.headers("Olga", Role.OVERSEER))
        await tab.open(f"{house.page.url}/ward/ward-1/chain")
        await tab.until(f"{LOADED} && document.querySelector('.chains') !== null")
        await tab.evaluate("document.querySelector('nav a').focus(), document.querySelector('main').remove()")
        await tab.evaluate("document.body.append(document.createElement('main')), true")
        await tab.evaluate("document.dispatchEvent(new Event('visibilitychange')), true")
        await tab.until("document.querySelectorAll('.chains section').length > 3")
        assert await tab.evaluate("document.activeElement.tagName") == "A"
        assert await tab.evaluate("document.getElementById('lost').hidden")
        assert tab.complaints == []
        await tab.call("Network.enable")
        for gone in (True, False):
            await tab.call("Network.emulateNetworkConditions", offline=gone, **NO_DELAY)
            await tab.evaluate("document.dispatchEvent(new Event('visibilitychange')), true")
            await tab.until(f"document.getElementById('lost').hidden === {str(not gone).lower()}")
