"""What a report says in words is so: of people whom it serves alike, of levels called by their numbers."""

from __future__ import annotations

from training.evaluation.words import _named, _people


def stills(median: float, least: float) -> dict[str, object]:
    """Figures of people, as far as the sentence reads them."""
    return {"people_spread": {"accuracy": {"median": median, "min": least}}, "groups": [], "groups_unknown": ["age"]}


def test_who_serves_everybody_is_not_said_to_serve_some_worse() -> None:
    assert _people(stills(1, 1)) == "Everybody has all of their pictures right. Nothing is known here about age."
    assert _people(stills(1, 0.88)).startswith(
        "It does not work equally well for everybody: half the people have all of their pictures right; for the worst "
        "served person it is 88 %."
    )


def test_a_level_is_named_once() -> None:
    names = ("0", "1", "2", "3+")
    assert [_named(level, names) for level in range(4)] == list(names)
    assert _named(3, ("no pain", "mild", "moderate", "severe")) == "3 (severe)"
