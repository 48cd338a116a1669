"""docs/operator.md, "From nothing to two nurses on a ward page", step by step, as somebody does it who reads it.

The command line of a service that was just started, then a real Chromium.
"""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from localsite.nats_pair import NatsPair
from localsite.redis_server import RedisServer
from tests.services.alerts.chromium import Tab, chromium
from tests.services.alerts.process import AlertsProcess, alerts_process
from tests.services.alerts.rooms import rooms_on
from tests.support.waiting import eventually

LIVE = "document.getElementById('link-text')?.textContent === 'Live'"
PASSWORD = "a lamp, a window, a bed"
TILE = "document.getElementById('room-room-3')"


async def seen(tab: Tab, script: str) -> None:
    """Until an expression is true; a page that is just being left answers nothing."""

    async def there() -> bool:
        with suppress(AssertionError):
            return bool(await tab.evaluate(script))
        return False

    await eventually(there)


async def at(tab: Tab, path: str) -> None:
    """Until a page is there, whole."""
    await seen(tab, f"location.pathname === {json.dumps(path)} && document.readyState === 'complete'")


async def fill(tab: Tab, form: str, **fields: str | bool) -> None:
    """Fill a form in, open what it lies in, and press its button."""
    script = f"""(() => {{
        const form = document.querySelector({json.dumps(form)});
        form.closest("details")?.setAttribute("open", "");
        for (const [name, value] of Object.entries({json.dumps(fields)})) {{
            const field = form.elements[name];
            if (typeof value === "boolean") field.checked = value; else field.value = value;
        }}
        form.querySelector("button").click();
    }})()"""
    await seen(tab, f"document.querySelector({json.dumps(form)}) !== null")
    await tab.evaluate(script)


async def enter(tab: Tab, link: str) -> None:
    """Come in by a one-time link, and choose a password."""
    await tab.open(link)
    await fill(tab, "form[method=post]")
    await at(tab, "/me")
    await fill(tab, "form[action='/me/password']", new=PASSWORD, again=PASSWORD)
    await seen(tab, "document.querySelector('p.done') !== null")


async def added(tab: Tab, url: str, name: str, login: str) -> str:
    """Add a nurse of the ward on the page of people; the link that is shown."""
    await tab.open(f"{url}/people")
    await at(tab, "/people")
    await fill(tab, "form[action='/people/accounts']", name=name, login=login, role="nurse", **{"ward_ward-1": True})
    shown = "(document.body?.innerText.match(/http\\S+\\/link\\/[\\w-]{43}/) ?? [''])[0]"
    await seen(tab, f"{shown} !== ''")
    return str(await tab.evaluate(shown))


async def signed_in(tab: Tab, url: str, login: str) -> None:
    """Sign in with the password, and see the ward."""
    await tab.open(f"{url}/sign-in")
    await fill(tab, "form[action^='/sign-in']", login=login, password=PASSWORD)
    await seen(tab, LIVE)


async def leave(tab: Tab, url: str) -> None:
    await tab.open(f"{url}/ward/ward-1")
    await fill(tab, "form[action='/sign-out']")
    await at(tab, "/sign-in")


def complaints(tab: Tab) -> list[str]:
    """What the browser found wrong, but that the page somebody just left asked for its stream once more."""
    return [one for one in tab.complaints if "401" not in one]


async def consented(tab: Tab, url: str) -> None:
    """Record for a camera what was decided."""
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    await tab.open(f"{url}/ward/ward-1/consents")
    form = "form[action='/api/v1/consents/ward-1/room-3/cam-room-3']"
    await fill(tab, form, basis="given", decided_by="the resident", review_on=today)
    await seen(tab, "document.querySelector('.standing.allowed') !== null")


async def test_from_nothing_to_two_nurses(fresh_pair: NatsPair, fresh_redis: RedisServer, tmp_path: Path) -> None:
    async with (
        rooms_on(fresh_pair) as rooms,
        alerts_process(fresh_pair, fresh_redis.url, tmp_path / "alerts") as process,
        chromium(tmp_path) as browser,
        browser.tab() as olga,
        browser.tab() as ada,
        browser.tab() as bo,
    ):
        here, there = process.url, process.url.replace("127.0.0.1", "localhost")  # one browser, two people's cookies
        links = await made_by_the_overseer(process, olga, here)
        for tab, url, link, login in ((ada, here, links["ada"], "ada"), (bo, there, links["bo"], "bo")):
            await enter(tab, link.replace(here, url))
            await leave(tab, url)
            await signed_in(tab, url, login)
        await rooms.pain("room-3", 2, 6.0)
        await rooms.pain("room-3", 2, 1.0)
        for tab in (ada, bo):
            await seen(tab, f"{TILE}.classList.contains('raised')")
            await seen(tab, "document.querySelector('.duty').textContent.includes('Ada Young, Bo Lind')")
        await ada.evaluate(f"{TILE}.querySelector('form.ack button').click()")
        for tab in (ada, bo):
            await seen(tab, f"{TILE}.textContent.replace(/\\s+/g, ' ').includes('Ada Young is going')")
            assert complaints(tab) == []


async def made_by_the_overseer(process: AlertsProcess, tab: Tab, url: str) -> dict[str, str]:
    """Steps 1 to 3 and 5; the nurses' links by sign-in name."""
    options = ("--name", "Olga Ruiz", "--role", "overseer", "--every-ward", "--url", url)
    await enter(tab, process.answer("people", "add", "olga", *options))
    links = {"ada": await added(tab, url, "Ada Young", "ada"), "bo": await added(tab, url, "Bo Lind", "bo")}
    await consented(tab, url)
    await leave(tab, url)
    assert complaints(tab) == []
    return links
