"""Brings the catalogues up to the sources: python -m services.alerts.dashboard.languages.renew

What is new comes in empty, for a translator; what nothing says any more goes. Nothing is guessed, so nothing is fuzzy.
"""

from __future__ import annotations

from io import BytesIO

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from services.alerts.dashboard.languages.language import NAMES, catalogue_file
from services.alerts.dashboard.languages.sources import texts

HEADER = """# {name}: what the ward's pages say. languages/renew.py brings it up to the sources.
msgid ""
msgstr ""
"Language: {code}\\n"
"Plural-Forms: {plurals}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""


def renewed(code: str, sources: Catalog) -> Catalog:
    """A language's catalogue with the texts of the sources, in their order, and the translations that it has."""
    with catalogue_file(code).open("rb") as file:
        known = read_po(file, locale=code)
    fresh = Catalog(locale=code, project="Veilward", charset="utf-8", fuzzy=False)
    for text in sources:
        if text.id:
            had = known.get(text.id)
            fresh.add(text.id, had.string if had is not None else "", locations=text.locations)
    return fresh


def write(code: str, catalogue: Catalog) -> None:
    """Write a catalogue to its place, with a header that says nothing that changes by itself."""
    body = BytesIO()
    write_po(body, catalogue, width=120, include_lineno=False, omit_header=True)
    catalogue_file(code).write_bytes(
        HEADER.format(name=NAMES[code], code=code, plurals=catalogue.plural_forms).encode() + body.getvalue()
    )


def main() -> None:
    """Renew every catalogue."""
    sources = texts()
    for code in NAMES:
        if code != "en":
            write(code, renewed(code, sources))


if __name__ == "__main__":
    main()
