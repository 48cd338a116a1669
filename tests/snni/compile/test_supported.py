"""What the provider's page says is supported is what is read."""

from __future__ import annotations

import re
from pathlib import Path

from snni.compile.__main__ import MIN_AGREEMENT
from snni.compile.torch_functions import FUNCTIONS, IN_ORDER, MOVING
from snni.compile.torch_layers import supported_layers

PAGE = (Path(__file__).parents[3] / "docs" / "provider.md").read_text()


def listed(opening: str) -> list[str]:
    """Names in code font in the paragraph that opens so."""
    paragraph = PAGE.partition(f"**{opening}**")[2].partition("\n\n")[0]
    return [name for name in re.findall(r"`([^`]+)`", paragraph) if re.fullmatch(r"\w+", name)]


def test_layers() -> None:
    assert listed("Supported layers") == supported_layers()


def test_functions() -> None:
    assert listed("Supported functions and methods") == [*sorted(FUNCTIONS), *sorted(IN_ORDER | MOVING)]


def test_the_floor_of_agreement() -> None:
    assert f"fewer than {MIN_AGREEMENT:.0%}".replace("%", " %") in " ".join(PAGE.split())
