"""What the provider's page says is supported is written by the code that reads it, and is what is read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from snni.compile.__main__ import MIN_AGREEMENT
from snni.compile.supported import BEGIN, END, PAGE, main, written
from snni.compile.torch_functions import FUNCTIONS, IN_ORDER, MOVING
from snni.compile.torch_layers import supported_layers
from snni.errors import ParameterError

TEXT = PAGE.read_text()


def listed(opening: str) -> list[str]:
    """Names in code font in the paragraph that opens so."""
    paragraph = TEXT.partition(f"**{opening}**")[2].partition("\n\n")[0]
    return [name for name in re.findall(r"`([^`]+)`", paragraph) if re.fullmatch(r"\w+", name)]


def test_the_page_is_as_the_code_writes_it() -> None:
    assert written(TEXT) == TEXT, "python -m snni.compile.supported"


def test_layers() -> None:
    assert listed("Supported layers") == supported_layers()


def test_functions() -> None:
    assert listed("Supported functions and methods") == [*sorted(FUNCTIONS), *sorted(IN_ORDER | MOVING)]


def test_a_list_that_is_out_of_date_is_written_anew(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    main([str(page)])
    between = TEXT.partition(BEGIN)[2].partition(END)[0]
    assert page.read_text() == f"before\n{BEGIN}{between}{END}\nafter\n"


@pytest.mark.parametrize("page", ["no marks", f"{BEGIN} {BEGIN} {END}", BEGIN])
def test_a_page_without_its_marks_is_refused(page: str) -> None:
    with pytest.raises(ParameterError, match="once each"):
        written(page)


def test_the_floor_of_agreement() -> None:
    assert f"fewer than {MIN_AGREEMENT:.0%}".replace("%", " %") in " ".join(TEXT.split())
