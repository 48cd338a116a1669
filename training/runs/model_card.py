"""The part of a bundle's card that says what the network is for, what it learnt from, and for whom it works.

The compiler adds what it knows: agreement, rings, headroom, the plan's hash. Nothing here is a digest of the weights.
The card stays with the server; a room sees the plan alone. `licences_of` and `levels_of` read a card again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from training.datasets.licence import known, may_publish

PRIVATE_LINE = "Private: this bundle must not be passed on."
NOT_MEDICAL = "Not a medical device, not for clinical use."
DRAWN_LINE = "Trained on synthetic faces: drawn ones, of nobody."
INTENDED = (
    "to say how strongly a face shows pain, so that somebody goes and looks; never to say that somebody has none",
    "not for diagnosis, not for deciding on treatment or its end, not for recognising, judging or watching people",
)
_ECE = "Expected calibration error of the scores:"
_LICENCES = re.compile(r"^- licences of the data: (.*)$", re.M)
_LEVELS = re.compile(r"^- levels: (.*)$", re.M)
_UNMEASURED = "- metrics by group: not measured; `./run evaluate --card` adds them"
_GROUPS = re.compile(rf"\n## By group\n.*?^{_ECE}[^\n]*$|^{re.escape(_UNMEASURED)}$", re.M | re.S)
_OF_LEVELS = ("mean error", "finds pain", "finds none")
_WHOLE = {"accuracy": "accuracy", "mae": "mae", "sensitivity": "sensitivity_pain", "specificity": "specificity_pain"}
_NONE = "none needed, faces of nobody"
_UNSAID = "not said"


@dataclass(frozen=True)
class Origin:
    """network: as training.aware.float_network.Structure writes it. licences: None where nobody knows them.

    drawn: trained on faces of nobody alone. report: of `./run evaluate`. private: not to be passed on, whatever the
    licences say. facts: further lines.
    """

    network: str
    licences: tuple[str, ...] | None
    drawn: bool
    data: str
    metrics: Mapping[str, Any] = field(default_factory=dict)
    report: Mapping[str, Any] | None = None
    private: bool = False
    facts: Sequence[str] = ()


def statement(origin: Origin) -> str:
    """Markdown, an empty line at its end. Raises LicenceError: a licence is unknown."""
    lines = [*_first(origin), "", "## Intended use", "", *(f"- {use}" for use in INTENDED)]
    lines += ["", "## Data and training", "", f"- network: {origin.network}", f"- data: {origin.data}"]
    lines += [f"- licences of the data: {_named(origin)}", *(f"- {fact}" for fact in _facts(origin))]
    lines += [_UNMEASURED] if origin.report is None else ["", *_groups(origin.report)]
    return "\n".join([*lines, "", ""])


def with_groups(card: str, report: Mapping[str, Any]) -> str:
    """A card that `statement` opens, with the groups of this report in place of none or of an earlier one's.

    Raises:
        ValueError: the card has no such part.
    """
    found = _GROUPS.search(card)
    if found is None:
        raise ValueError("the card has no part for measures by group")
    return card[: found.start()] + "\n".join(["", *_groups(report)]) + card[found.end() :]


def licences_of(card: str) -> tuple[str, ...]:
    """What a card says binds its network; empty where it names none."""
    said = _LICENCES.search(card)
    return () if said is None or said[1] in (_NONE, _UNSAID) else tuple(said[1].split(", "))


def levels_of(card: str) -> tuple[str, ...]:
    """The names of the levels as the compiler wrote them, last of all; empty where it did not."""
    said = _LEVELS.findall(card)
    return tuple(said[-1].split(", ")) if said else ()


def _first(origin: Origin) -> list[str]:
    """What whoever opens the card must see."""
    if not origin.private:
        return [f"{DRAWN_LINE} {NOT_MEDICAL}" if origin.drawn else NOT_MEDICAL]
    reasons = may_publish(origin.licences or ()).reasons or ("Its provider keeps it.",)
    terms = [f"- {name}: {term}" for name in origin.licences or () for term in known(name).terms]
    return [PRIVATE_LINE, "", *reasons, "", NOT_MEDICAL, *(["", "Terms of the data:", "", *terms] if terms else [])]


def _named(origin: Origin) -> str:
    if origin.licences is None:
        return _UNSAID
    return ", ".join(origin.licences) or (_NONE if origin.drawn else _UNSAID)


def _facts(origin: Origin) -> Iterable[str]:
    metrics, recipe = origin.metrics, dict(origin.metrics.get("recipe") or {})
    for name in ("train_people", "train_crops", "test_people"):
        if name in metrics:
            yield f"{name.replace('_', ' ')}: {metrics[name]}"
    if metrics.get("accepted"):
        yield f"terms accepted: {', '.join(sorted(metrics['accepted']))}"
    if recipe:
        yield f"recipe: `{json.dumps(recipe, sort_keys=True)}`"
    if "seed" in metrics:
        yield f"seed: {metrics['seed']}"
    names = {"accuracy": "accuracy", "within_one": "within one level", "mae": "mean absolute error", "pcc": "PCC"}
    test = {names[name]: value for name, value in dict(metrics.get("test") or {}).items() if name in names}
    if test:
        yield "on people unseen in training: " + ", ".join(
            f"{name} {value:.3f}" for name, value in test.items() if value is not None
        )
    yield from origin.facts


def _groups(report: Mapping[str, Any]) -> list[str]:
    """Of `./run evaluate`: the whole, then every group that is known. Emotions have no order: no error has a size."""
    stills = report["stills"]
    heads = {name: one["value"] for name, one in stills["headlines"].items()}
    ordered = "mae" in heads
    whole = {"people": stills["people"], "crops": stills["crops"], "interval": None} | {
        name: heads.get(head) for name, head in _WHOLE.items()
    }
    columns = ["group", "people", "crops", "accuracy", "interval", *(_OF_LEVELS if ordered else ())]
    lines = ["## By group", "", f"{report['network']} on {report['data']}; people {report['split_by']}.", ""]
    lines += [f"| {' | '.join(columns)} |", f"|{'---|' * len(columns)}", _row("everybody", whole, ordered)]
    lines += [_row(f"{row['kind']}: {row['group']}", row, ordered) for row in stills["groups"]]
    if stills["groups_unknown"]:
        lines += ["", f"Nothing is known by {', '.join(stills['groups_unknown'])}."]
    days = _days(report["days"]) if report.get("days") else []
    return [*lines, *days, "", f"{_ECE} {_part(heads['ece'])}."]


def _row(name: str, row: Mapping[str, Any], ordered: bool) -> str:
    around = " to ".join(f"{end:.3f}" for end in row["interval"]) if row["interval"] else ""
    cells = [name, str(row["people"]), str(row["crops"]), _part(row["accuracy"]), around]
    if ordered:
        cells += [f"{row['mae']:.2f}", _part(row["sensitivity"]), _part(row["specificity"])]
    return f"| {' | '.join(cells)} |"


def _days(days: Mapping[str, Any]) -> list[str]:
    """Of `./run evaluate --days`: what a ward would have heard of the network as it is."""
    usual = next(row for row in days["curve"] if row["shift"] == 0)
    lines = ["", f"Drawn days through the ward's own policy, {days['residents']} residents unseen in training:", ""]
    lines += ["| residents | days | false calls a day | interval | painful episodes | called for |"]
    lines += ["|---|---|---|---|---|---|", _day_row("everybody", days["residents"], usual)]
    return lines + [_day_row(f"{row['kind']}: {row['group']}", row["residents"], row) for row in days["groups"]]


def _day_row(name: str, residents: int, row: Mapping[str, Any]) -> str:
    calls = row["false_per_day"]
    return (
        f"| {name} ({residents}) | {row['resident_days']:.0f} | {calls['value']:.2f} "
        f"| {calls['low']:.2f} to {calls['high']:.2f} | {row['episodes']} | {row['episodes_met']} |"
    )


def _part(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
