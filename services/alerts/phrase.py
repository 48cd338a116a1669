"""A text for people that can be said in their language later: English, with the pattern and the values it was made of.

Where it is shown, `dashboard/languages` looks the pattern up; elsewhere (logs, the API) it is the English text.
"""

from __future__ import annotations


class Phrase(str):
    """pattern: with %(name)s for each of the values. A text without values is its own pattern and needs no Phrase."""

    __slots__ = ("pattern", "values")

    def __new__(cls, pattern: str, **values: object) -> Phrase:
        """Raises KeyError for a value that is missing."""
        one = super().__new__(cls, pattern % values)
        one.pattern, one.values = pattern, values
        return one

    def __init__(self, pattern: str, **values: object) -> None:
        self.pattern: str
        self.values: dict[str, object]

    def __str__(self) -> str:
        return self  # an error's text stays one
