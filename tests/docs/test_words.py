"""What the pages must say, must not say, and say once."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree

import pytest

from tests.docs.pages import MANUALS, ROOT, TEXTS, every_page, one_line


def test_the_first_page_shows_how_to_try_it() -> None:
    assert {"demo", "test"} <= set(re.findall(r"^\./run ([a-z]+)", TEXTS["README.md"], re.M))


def test_the_first_page_is_short_and_leads_to_every_manual() -> None:
    """Two screens of fifty lines, and no manual that nobody finds."""
    assert len(TEXTS["README.md"].splitlines()) <= 100
    assert len(MANUALS) >= 5
    assert set(MANUALS) <= set(re.findall(r"\]\(([^)#\s]+)", TEXTS["README.md"]))


def test_no_sentence_stands_on_two_pages() -> None:
    """What is said twice is mended once: sentences of twelve words or more are on one page only."""
    where: dict[str, str] = {}
    for name, text in TEXTS.items():
        for paragraph in re.sub(r"```.*?```", "", text, flags=re.S).split("\n\n"):
            for sentence in re.split(r"(?<=[.:|])\s", one_line(paragraph)):
                if len(sentence.split()) >= 12:
                    assert where.setdefault(sentence, name) == name, f"{where[sentence]} and {name}: {sentence}"


@every_page
def test_no_host_and_no_machine(name: str) -> None:
    assert not re.findall(r"https?://[a-z0-9]", TEXTS[name])
    assert not re.findall(r"\b[a-z0-9-]+\.(?:com|org|net|io|dev|co)\b", TEXTS[name])
    assert not re.findall(r"(?<![\w.<>~-])/(?:home|root|work|tmp|opt|var|etc|usr|mnt|Users)\b", TEXTS[name])


@every_page
def test_nothing_is_promised(name: str) -> None:
    assert not re.findall(r"\b(?:for now|placeholder|coming soon|TBD|FIXME)\b", TEXTS[name], re.I)


def test_it_is_said_what_this_is_not() -> None:
    for name in ("README.md", "SECURITY.md", "docs/operator.md"):
        assert "not a medical device" in re.sub(r"[\s*]+", " ", TEXTS[name])
    for name in ("README.md", "SECURITY.md"):
        assert "not validated for pain" in re.sub(r"[\s*]+", " ", TEXTS[name])
    assert "not for clinical use" in TEXTS["README.md"]


@pytest.mark.parametrize("name", sorted(path.name for path in (ROOT / "docs").glob("*.svg")))
def test_drawings_stand_alone(name: str) -> None:
    """Well-formed, described for those who do not see it, with nothing loaded from elsewhere."""
    text = (ROOT / "docs" / name).read_text()
    tags = [element.tag.rsplit("}", 1)[-1] for element in ElementTree.fromstring(text).iter()]
    assert {"title", "desc", "style"} <= set(tags)
    assert not {"script", "image", "use", "foreignObject"} & set(tags)
    assert "prefers-color-scheme: dark" in text
    assert not re.findall(r"url\((?!#)|href", text)
