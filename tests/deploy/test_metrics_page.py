"""The page of metrics has every metric that the services' code can export, each with its line."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.deploy.metrics_page import PAGE, exported, page
from tests.deploy.told import told

SERVICES = Path(__file__).parents[2] / "services"


def test_the_page_is_what_the_code_registers() -> None:
    assert PAGE.read_text() == page(), told("python -m tests.deploy.metrics_page")


def test_no_metric_of_the_sources_is_missing_from_the_registry() -> None:
    """Each is made with its words: those that are put together as they are read begin with a name of a way."""
    words = list(_words())
    assert len(words) > 80
    text = page()
    assert [one for one in words if one not in text] == []
    assert len(exported()) >= len(set(words))


def _words() -> Iterator[str]:
    for path in sorted(SERVICES.rglob("*.py")):
        for one in ast.walk(ast.parse(path.read_text())):
            made = isinstance(one, ast.Call) and isinstance(one.func, ast.Attribute) and len(one.args) > 1
            if not made or one.func.attr not in ("counter", "gauge", "histogram"):
                continue
            for part in ast.walk(one.args[1]):
                if isinstance(part, ast.Constant) and isinstance(part.value, str):
                    yield part.value.strip()
