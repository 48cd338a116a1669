"""adapt.html: what the network said before and what it says after, first in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from training.evaluation.page import card, document, listed, paragraph, section, table
from training.evaluation.words import NAMES, number, percent

PSEUDO = (
    "Nobody said what these photographs show. What is compared is what other networks say of them: agreement with them "
    "is no proof that a level is right, and this report is no evidence for clinical use."
)
PHOTOGRAPHS = {
    "same_level_as_teachers": ("the teachers' level", percent),
    "rank_correlation_with_teachers": ("rank correlation with the teachers", number),
    "steady": ("level kept when light, sharpness and place change", percent),
    "pain": ("called pain (moderate or severe)", percent),
}
DRAWN = {
    "accuracy": ("true level", percent),
    "mae": ("mean error, levels", number),
    "pcc": ("correlation with the true level", number),
    "auc_pain": ("AUC, pain against none", number),
    "pain_found": ("faces in pain called pain", percent),
    "calm_called_pain": ("calm faces called pain", percent),
}
BY_PERSON = 40
"""Rows that are shown; report.json has all."""


def page(result: Mapping[str, Any]) -> str:
    """HTML of what report.json holds."""
    parts = [
        section("In short", listed(_short(result), "short")),
        _cards(result),
        section("Photographs held back", _beside(result["photographs"], PHOTOGRAPHS), _levels(result)),
        section("Drawn faces of people unseen", _beside(result["drawn"], DRAWN),
                paragraph("Their true levels are known. They show what the adaptation cost elsewhere.", "note")),
        _people(result),
        section("How it was done", listed(_how(result))),
    ]  # fmt: skip
    about = f"{result['start']}, on photographs of {result['people']} ({', '.join(result['terms'])})"
    return document("A network adapted to one home", about, [(PSEUDO, False)], parts)


def _short(result: Mapping[str, Any]) -> list[str]:
    before, after = (result["photographs"][when] for when in ("before", "after"))
    kept = result["kept_epoch"]
    lines = [
        f"{result['learnt_from']} photographs taught the network, {result['doubtful']} were left out because the "
        f"teachers disagree, and {after['photographs']} were held back to measure on.",
        f"Of those held back it now gives {percent(after['same_level_as_teachers'])} the teachers' level (before: "
        f"{percent(before['same_level_as_teachers'])}) and keeps {percent(after['steady'])} of levels when light and "
        f"sharpness change (before: {percent(before['steady'])}).",
        f"It calls {percent(after['pain'])} of them pain (before: {percent(before['pain'])}).",
    ]
    if kept == 0:
        lines.insert(0, "No epoch was better than the start on the photographs held back: its weights are unchanged.")
    move = result["thresholds"]
    if move is not None:
        lines.append(_moved(move))
    return lines


def _moved(move: Mapping[str, Any]) -> str:
    said = (
        f"Thresholds were raised by {move['made']:.2f}, so that at most {percent(move['false_calls'])} of calm "
        "photographs like these are called pain"
    )
    if move["held_back"]:
        return (
            f"{said.replace('so that', 'not by the ' + format(move['wanted'], '.2f') + ' that it would take so that')}:"
            " more would lose faces in pain. Look at the camera's place and light."
        )
    return f"{said}."


def _cards(result: Mapping[str, Any]) -> str:
    after, drawn = result["photographs"]["after"], result["drawn"]
    lost = (drawn["before"]["pain_found"] or 0.0) - (drawn["after"]["pain_found"] or 0.0)
    found = [
        card(percent(after["same_level_as_teachers"]), "of photographs get the teachers' level"),
        card(percent(after["steady"]), "of levels stay when the light changes"),
        card(percent(after["pain"]), "of photographs are called pain"),
        card(percent(lost), "of drawn faces in pain lost"),
    ]
    return f'<div class="cards">{"".join(found)}</div>'


def _beside(found: Mapping[str, Any], measures: Mapping[str, Any]) -> str:
    rows = [(words, written(found["before"][name]), written(found["after"][name]))
            for name, (words, written) in measures.items()]  # fmt: skip
    return table(("measure", "before", "after"), rows)


def _levels(result: Mapping[str, Any]) -> str:
    found = result["photographs"]
    names = NAMES.get(len(found["after"]["levels"]), ())
    return table(("photographs called", *names), [
        (when, *(str(count) for count in found[when]["levels"])) for when in ("before", "after")
    ])  # fmt: skip


def _people(result: Mapping[str, Any]) -> str:
    rows = [(one["person"], str(one["photographs"]), *(str(count) for count in one["levels"]), str(one["reads_at"]))
            for one in result["photographs"]["after"]["people"][:BY_PERSON]]  # fmt: skip
    names = NAMES.get(len(result["photographs"]["after"]["levels"]), ())
    return section(
        "Each person",
        table(("person", "photographs", *names, "reads at"), rows),
        paragraph("The level that nine in ten photographs of a person do not pass. Where it is not 0 and the "
                  "photographs were calm, watch the ward's own levels before setting a baseline from them.", "note"),
    )  # fmt: skip


def _how(result: Mapping[str, Any]) -> list[str]:
    return [
        f"Teachers: {', '.join(result['teachers'])}; each looks at every photograph from six sides.",
        f"Anchor {result['anchor']:g}: so much of what is wanted is the start's own answer, and drawn faces keep it.",
        f"Epochs {result['epochs']}, the one kept: {result['kept_epoch']} (0: the start).",
        f"Split by {result['split_by']}. Photographs stayed on this machine; none is in the run's folder.",
        f"Largest value of a layer on photographs, in those of the calibration: {result['room']:.2f}"
        " (the compiler leaves room for 2).",
    ]
