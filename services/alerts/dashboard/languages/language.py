"""The languages of the pages. English is what the sources are written in; the others are .po files beside this one.

They are compiled in memory when they are first asked for, so that no compiled file can lag behind its source.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from gettext import NullTranslations
from io import BytesIO
from pathlib import Path

from babel.dates import get_month_names
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

from services.alerts.phrase import Phrase

NAMES: Mapping[str, str] = {"en": "English", "de": "Deutsch", "nl": "Nederlands", "fr": "Français"}
"""Every language by its code, as its speakers call it."""
HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Language:
    """One language. code: ISO 639-1. months: their short names, as they stand in a date."""

    code: str
    months: tuple[str, ...]
    catalogue: NullTranslations

    def say(self, text: str) -> str:
        """A text in this language; in English where the catalogue does not have it, and as it is where it is empty."""
        if isinstance(text, Phrase):
            return self.catalogue.gettext(text.pattern) % {
                name: self.say(value) if isinstance(value, str) else value for name, value in text.values.items()
            }
        return self.catalogue.gettext(text) if text else ""

    def sentence(self, text: str) -> str:
        """The same, beginning with a capital."""
        said = self.say(text)
        return f"{said[:1].upper()}{said[1:]}"

    def date(self, day: str, month: int) -> str:
        """A day of the year, short. month: 1..12."""
        return self.catalogue.gettext("%(day)s %(month)s") % {"day": day, "month": self.months[month - 1]}


@cache
def language(code: str) -> Language:
    """The language of a code that NAMES has. Raises KeyError, PoFileError for a catalogue that is none."""
    names = get_month_names("abbreviated", locale=code)
    months = tuple(names[month] for month in range(1, 13))
    if NAMES[code] == NAMES["en"]:
        return Language(code, months, NullTranslations())
    compiled = BytesIO()
    with catalogue_file(code).open("rb") as source:
        write_mo(compiled, read_po(source, locale=code, abort_invalid=True))
    compiled.seek(0)
    return Language(code, months, Translations(compiled))


def catalogue_file(code: str) -> Path:
    """Where a language's catalogue lies."""
    return HERE / f"{code}.po"
