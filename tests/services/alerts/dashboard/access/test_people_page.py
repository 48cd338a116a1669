"""The page of people: wards by their names, buttons that say whose they are, and what there is none of."""

from __future__ import annotations

from pathlib import Path

from services.alerts.actor import Role
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
        for name in ("Link, Grace-1", "Change, Grace-1", "End the account of Grace-1"):
            assert f'aria-label="{name}"' in text
        una = await house.page.client("Una", wards=("ward-2",))
        assert "River ward" in (await una.get("/me")).raise_for_status().text
