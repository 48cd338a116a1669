"""Every text of the pages is in every catalogue, translated; and no text stands where no catalogue reaches it."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from jinja2 import Environment

from services.alerts.dashboard.languages.language import NAMES, catalogue_file, language
from services.alerts.dashboard.languages.sources import DASHBOARD, modules, python_texts, texts
from services.alerts.phrase import Phrase

TRANSLATED = [code for code in NAMES if code != "en"]
TEMPLATES = sorted((DASHBOARD / "templates").rglob("*.html"))
SCRIPTS = sorted((DASHBOARD / "static").glob("*.js"))
SPOKEN_ATTRIBUTES = ("aria-label", "placeholder", "title", "alt")
OWN_NAMES = {"Veilward", "UTC"}
NOT_SPOKEN = {"Content-Type", "X-Form-Token", "TimeoutError", "Enter", "Escape"}
"""Strings of scripts that people do not read."""
LITERAL = r"\"(?:[^\"\\]|\\.)*\"|`(?:[^`\\]|\\.)*`"


def catalogue(code: str) -> Catalog:
    with catalogue_file(code).open("rb") as file:
        return read_po(file, locale=code, abort_invalid=True)


def ids(found: Catalog) -> set[str | tuple[str, ...]]:
    return {one.id if isinstance(one.id, str) else tuple(one.id) for one in found if one.id}


def parts(text: str) -> list[str]:
    """What a translation must have as well: places for values, and marks of HTML."""
    return sorted(re.findall(r"%\(\w+\)[sd]|\{\w+\}|</?\w+[^>]*>", text))


@pytest.mark.parametrize("code", TRANSLATED)
def test_every_text_is_in_every_catalogue_and_translated(code: str) -> None:
    found = catalogue(code)
    assert ids(found) == ids(texts()), "run python -m services.alerts.dashboard.languages.renew, and translate"
    assert found.plural_forms in catalogue_file(code).read_text()
    for one in found:
        if not one.id:
            continue
        assert not one.fuzzy, one.id
        said = [one.string] if isinstance(one.string, str) else list(one.string)
        own = [one.id] if isinstance(one.id, str) else list(one.id)
        assert len(said) == (1 if isinstance(one.id, str) else found.num_plurals), one.id
        for text in said:
            assert text.strip() == text != "", one.id
            assert parts(text) == parts(own[-1]), one.id


class Prose(HTMLParser):
    """The words of a page that stand in no call: text, and attributes that are read aloud."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value or "" for name, value in attrs if name in SPOKEN_ATTRIBUTES]

    def handle_data(self, data: str) -> None:
        self.found.append(data)


def bare(source: str) -> set[str]:
    """Words of a template outside of trans and of every expression."""
    kept, deep = "", 0
    environment = Environment(extensions=["jinja2.ext.i18n"], autoescape=True)
    tokens = [one for one in environment.lex(source) if one[1] != "whitespace"]
    for before, (_, kind, text) in zip([(0, "", ""), *tokens], tokens, strict=False):
        if before[1] == "block_begin":
            deep += {"trans": 1, "endtrans": -1}.get(text, 0)
        elif kind == "data" and not deep:
            kept += text
    prose = Prose()
    prose.feed(re.sub(r"<(script|style)[^>]*>.*?</\1>", "", kept, flags=re.DOTALL))
    prose.close()
    return {word for text in prose.found for word in re.findall(r"[^\W\d_]{2,}", text)}


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_template_speaks_past_the_catalogues(path: Path) -> None:
    assert bare(path.read_text()) <= OWN_NAMES


def test_bare_words_are_found() -> None:
    source = '{# A note #}<p class="x" title="Say">Hello {{ _("World") }}{% trans %}Fine{% endtrans %}</p>{% if a %}so'
    assert bare(source) == {"Say", "Hello", "so"}


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_no_script_speaks_past_the_catalogues(path: Path) -> None:
    source = re.sub(r"(?m)(^|\s)//.*$", "", path.read_text())
    spoken = set(re.findall(rf"\b_\(\s*({LITERAL})", source))
    for text in re.findall(LITERAL, source):
        if re.match(r"[\"`][A-Z][a-z]", text):
            assert text in spoken or text[1:-1] in NOT_SPOKEN, text


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(DASHBOARD.parent)))
def test_no_module_puts_a_text_together_as_it_is_read(path: Path) -> None:
    list(python_texts(path.read_text()))


def test_what_python_says_is_found() -> None:
    source = '"""Prose."""\nA = "Too dark"\nB = "X-Form-Token"\nraise Wrong("choose a ward")\nC = f"x {A}"\n'
    assert {text for _, text in python_texts(source)} == {"Too dark", "choose a ward"}
    for wrong in ('f"Room {A} is dark"', 'Wrong(f"choose {A}")'):
        with pytest.raises(ValueError, match="make it a Phrase"):
            list(python_texts(wrong))


@pytest.mark.parametrize("code", NAMES)
def test_a_phrase_is_said_with_its_values(code: str) -> None:
    one = Phrase("The certificate %(name)s ends in %(days)s days.", name="page", days=3)
    assert str(one) == "The certificate page ends in 3 days."
    said = language(code).say(str(ValueError(one)))
    assert "page" in said and "3" in said
    assert (said == one) == (code == "en")


def test_what_no_catalogue_has_is_said_as_it_is() -> None:
    assert language("de").say("Room 101, by the lake") == "Room 101, by the lake"
    assert language("de").say("") == ""
    assert language("de").sentence("choose a ward") == "Wählen Sie eine Station"
