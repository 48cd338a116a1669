"""Pages read strictly: every tag closed, what they load, what they say."""

from __future__ import annotations

from html.parser import HTMLParser

VOID = {"meta", "img", "br", "rect", "circle", "polyline"}


class Balance(HTMLParser):
    """Raises where a tag is closed that is not open; says which stay open, and what is loaded."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.loaded: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.loaded += [value or "" for name, value in attrs if name in ("src", "href")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if data.strip() and "style" not in self.open and "title" not in self.open:
            self.text.append(data.strip())


def parsed(html: str) -> Balance:
    found = Balance()
    found.feed(html)
    assert not found.open
    return found
