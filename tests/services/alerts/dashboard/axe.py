"""axe-core in a tab: what it finds against WCAG 2.2 A and AA. Its version is pinned in deploy/package-lock.json."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from tests.services.alerts.chromium import Tab

SOURCE = Path(__file__).parents[4] / "deploy" / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
LOADED = "document.readyState === 'complete'"
"""With its styles: without them most of a page breaks some rule."""
FOUND = """axe.run(document, {runOnly: {type: 'tag', values: %s}}).then(found => found.violations.flatMap(one =>
    one.nodes.map(node => `${one.id}: ${node.target} ${node.failureSummary.replaceAll('\\n', ' ')}`)))"""


@cache
def _axe() -> str:
    return SOURCE.read_text()


async def violations(tab: Tab) -> list[str]:
    """Every element of the page that breaks a rule, once it has loaded, with the rule and why."""
    await tab.until(LOADED)
    if not await tab.evaluate("typeof axe === 'object'"):
        await tab.evaluate(f"{_axe()}; true")
    found: list[str] = await tab.evaluate(FOUND % json.dumps(TAGS))
    return found
