"""Keys, as a keyboard sends them to a page."""

from __future__ import annotations

from tests.services.alerts.chromium import Tab

KEYS = {"Tab": ("Tab", "", 9), "Enter": ("Enter", "\r", 13), "Space": (" ", " ", 32)}


async def press(tab: Tab, key: str) -> None:
    """One key, as a keyboard sends it."""
    name, text, code = KEYS[key]
    for kind in ("keyDown", "keyUp"):
        await tab.call(
            "Input.dispatchKeyEvent",
            type=kind,
            key=name,
            text=text if kind == "keyDown" else "",
            windowsVirtualKeyCode=code,
        )
