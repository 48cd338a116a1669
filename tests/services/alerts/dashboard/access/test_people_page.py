"""The page of people: wards by their names, buttons that say whose they are, and what there is none of."""

from __future__ import annotations

from pathlib import Path

from services.alerts.actor import Role
from tests.services.alerts.chromium import chromium
from tests.services.alerts.dashboard.access.house import served_house


async def test_wards_are_called_by_their_names_and_buttons_say_whose(tmp_path: Path) -> None:
    async with served_house(tmp_path) as house:
        olga = await house.page.client("Olga", Role.OVERSEER)
        empty = (await olga.get("/people")).raise_for_status().text
        assert empty.count(">None.</td>") == 2, "no device, no token"
        await house.things()
        text = (await olga.get("/people")).raise_for_status().text
        assert ">None.</td>" not in text
        assert "Garden ward" in text
        assert "ward-1<" not in text and "; ward-1" not in text
        for name in ("Link, Grace-1", "Change, Grace-1", "End, Grace-1"):
            assert f'aria-label="{name}"' in text
        una = await house.page.client("Una", wards=("ward-2",))
        assert "River ward" in (await una.get("/me")).raise_for_status().text


async def test_an_account_does_not_end_by_one_touch(tmp_path: Path) -> None:
    """Whoever meant the button beside it has lost nothing: it is asked once more, and told that it is for good."""
    async with served_house(tmp_path) as house, chromium(tmp_path) as browser, browser.tab() as tab:
        things = await house.things()
        await tab.carry(house.page.url, await house.page.headers("Olga", Role.OVERSEER))
        await tab.open(f"{house.page.url}/people")
        button = f"document.querySelector('form[action$=\"{things.account.id}/end\"] button')"
        await tab.until(f"{button}?.checkVisibility() === false")
        await tab.evaluate(f"{button}.closest('details').querySelector('summary').click()")
        await tab.until(f"{button}.checkVisibility() && {button}.closest('details').textContent.includes('undone')")
        await tab.evaluate(f"{button}.click()")
        await tab.until(f"document.readyState === 'complete' && {button} === null")
