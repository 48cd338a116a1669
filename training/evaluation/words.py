"""The report's plain language: numbers as words, and a summary for readers who do not know the measures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

NAMES = {4: ("no pain", "mild", "moderate", "severe")}
SHORT_H = 1 / 60
"""Recordings shorter than this, hours, say nothing of calls: the ward's rules count minutes."""


def level_names(count: int, classes: Sequence[str] = ()) -> list[str]:
    """A name for each level: the set's own, or the ward's."""
    if len(classes) == count and tuple(classes) != ("0", "1", "2", "3"):
        return list(classes)
    return list(NAMES.get(count, tuple(f"level {level}" for level in range(count))))


def from_level(names: Sequence[str], least: int) -> str:
    """That level or a higher one."""
    return names[least] if least == len(names) - 1 else f"{names[least]} or more"


def number(value: float | None, digits: int = 3) -> str:
    """A number, or a dash."""
    return "–" if value is None else plain(value, digits)


def plain(value: float, digits: int) -> str:
    """Rounded, without a minus before nought."""
    return f"{round(value, digits) + 0.0:.{digits}f}"


def percent(value: float | None, digits: int = 1) -> str:
    """A part 0..1 as a percentage, or a dash."""
    return "–" if value is None else f"{100 * value:.{digits}f} %"


def between(pair: list[float] | None, digits: int = 3, as_percent: bool = False) -> str:
    """An interval, or what its absence means."""
    if pair is None:
        return "too few people"
    low, high = (percent(one) if as_percent else plain(one, digits) for one in pair)
    return f"{low} to {high}"


def others(pair: list[float] | None) -> str:
    """An interval of a part as words."""
    if pair is None:
        return "too few people to say what others would give"
    return f"{between(pair, as_percent=True)} if other people of the same kind were looked at"


def summary(result: dict[str, Any]) -> list[str]:
    """Sentences for a physician, the most important first."""
    stills = result["stills"]
    heads = stills["headlines"]
    names = level_names(stills["levels"], result["classes"])
    lines = [
        f"The network looked at {stills['crops']} pictures of {stills['people']} people and said how much pain each "
        f"shows, from {_named(0, names)} to {_named(len(names) - 1, names)}. It gave the true level to "
        f"{percent(heads['accuracy']['value'])} of them ({others(heads['accuracy']['interval'])}), and was at most one "
        f"level off in "
        f"{percent(heads['within_one']['value'])}.",
        _pain(heads),
        _people(stills),
    ]
    if result["watch"] and result["watch"]["alarms"]:
        lines += _alarms(result["watch"]["alarms"])
    if result["integers"]:
        same = result["integers"]["same_level"]
        lines.append(
            f"Secure inference computes with small whole numbers instead of fractions. This changes the answer to "
            f"{result['integers']['count'] - same} of {result['integers']['count']} pictures."
        )
    lines.append(
        "What this cannot say: whether somebody is in pain. A face may show pain that is not there and hide pain that "
        "is; the true level here is what the face shows, not what the person feels."
    )
    return lines


def _named(level: int, names: Sequence[str]) -> str:
    """A level with its name, where it has another than its number."""
    name = names[level]
    return name if name.removesuffix("+") == str(level) else f"{level} ({name})"


def _pain(heads: dict[str, Any]) -> str:
    found, quiet = heads["sensitivity_pain"]["value"], heads["specificity_pain"]["value"]
    return (
        f"Of 100 pictures that show any pain, it calls {_of_100(found)} painful; of 100 that show none, it calls "
        f"{_of_100(quiet)} free of pain."
    )


def _of_100(part: float | None) -> str:
    return "–" if part is None else f"{100 * part:.1f}".removesuffix(".0")


def _people(stills: dict[str, Any]) -> str:
    spread = stills["people_spread"]
    middle, lowest = spread["accuracy"]["median"], spread["accuracy"]["min"]
    half = "all of their pictures right" if middle == 1 else f"{percent(middle, 0)} or more of their pictures right"
    words = (
        "Everybody has all of their pictures right."
        if lowest == 1
        else f"It does not work equally well for everybody: half the people have {half}; for the worst served person "
        f"it is {percent(lowest, 0)}."
    )
    words += _gaps(stills["groups"])
    if stills["groups_unknown"]:
        words += f" Nothing is known here about {', '.join(stills['groups_unknown'])}."
    return words


def _gaps(groups: list[dict[str, Any]]) -> str:
    """Groups that differ by more than chance explains: of one kind, with intervals that do not touch."""
    rows = [row for row in groups if row["interval"]]
    found = [
        f" It does worse for the group “{low['group']}” ({percent(low['accuracy'])}) than for “{high['group']}” "
        f"({percent(high['accuracy'])}), by more than chance explains."
        for low in rows
        for high in rows
        if low["kind"] == high["kind"] and low["interval"][1] < high["interval"][0]
    ]
    if found:
        return "".join(found)
    kinds = sorted({row["kind"] for row in rows})
    return f" No difference by {', '.join(kinds)} is larger than chance explains." if kinds else ""


def _alarms(alarms: dict[str, Any]) -> list[str]:
    if alarms["hours"] < SHORT_H:
        return ["The recordings are too short to say when, under the ward's rules, it would call somebody."]
    rate = alarms["false_alerts_per_calm_hour"]
    words = (
        f"Watching for {alarms['hours']:.1f} hours, under the ward's own rules it called for "
        f"{alarms['episodes_met']} of {alarms['episodes']} episodes of pain"
    )
    if alarms["onset_to_alert_s"] is not None:
        words += f" (half of them within {alarms['onset_to_alert_s']:.0f} s of their first painful picture)"
    words += f", and {alarms['false_alerts']} times without pain."
    if rate is not None:
        words += (
            f" That is {rate['per_hour']:.2f} false calls in an hour without pain; with so little watching, the true "
            f"rate may be anything from {rate['low']:.2f} to {rate['high']:.2f}."
        )
    return [words]
