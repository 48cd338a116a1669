"""The report's part about time: sequences of pictures, and the calls that a ward would have heard."""

from __future__ import annotations

from typing import Any

from training.evaluation.page import figure, paragraph, section, table
from training.evaluation.timeline import timeline
from training.evaluation.words import number, percent


def watched(watch: dict[str, Any], names: list[str]) -> list[str]:
    """Sections of what measure_watch found."""
    found = [_sequences(watch)]
    if watch["alarms"]:
        found.append(_alarms(watch, names))
    return found


def _sequences(watch: dict[str, Any]) -> str:
    measured = watch["sequences"]
    rows = [
        (words, *(number(measured[how][key]) for key in ("accuracy", "f1_macro", "mae", "pcc")))
        for how, words in (("averaging", "averaging"), ("ppvc", "PPVC's label aggregation"))
    ]
    pieces = f"pieces of {watch['clip_s']:g} s" if watch["clip_s"] else "whole sequences"
    mean = measured["averaging"]
    return section(
        "Sequences",
        paragraph(f"{measured['count']} {pieces}: {watch['note']}."),
        table(("one level by", "accuracy", "F1, macro", "MAE", "PCC"), rows),
        paragraph(
            "Averaging: the mean of the probabilities (softmax). PPVC (Pentyala, Dowsley, De Cock, ICML 2021): each "
            "picture's scores become ReLU(u) / sum of ReLU(u), these are added up over the pictures, and the level "
            "with the largest sum is taken. The true level of a sequence is its most frequent, the higher of two. As a "
            f"quantity, mean levels differ from true mean levels by {number(mean['mean_level_mae'])} on average (PCC "
            f"{number(mean['mean_level_pcc'])}). Single keyframes: {percent(watch['accuracy'])} right, "
            f"{percent(watch['within_one'])} within one level.",
            "note",
        ),
    )


def _alarms(watch: dict[str, Any], names: list[str]) -> str:
    alarms, rules = watch["alarms"], watch["alarms"]["rules"]
    rate = alarms["false_alerts_per_calm_hour"]
    rows = [
        ("hours watched", f"{alarms['hours']:.2f}"),
        ("of them without pain at the alert's level", f"{alarms['calm_hours']:.2f}"),
        ("of them with an alert open", f"{alarms['open_hours']:.2f}"),
        ("episodes of pain", str(alarms["episodes"])),
        ("episodes that were called for", str(alarms["episodes_met"])),
        ("from an episode's first keyframe to the call, median",
         "–" if alarms["onset_to_alert_s"] is None else f"{alarms['onset_to_alert_s']:.0f} s"),
        ("calls with pain", str(alarms["true_alerts"])),
        ("calls without pain", str(alarms["false_alerts"])),
    ]  # fmt: skip
    if rate:
        text = f"{rate['per_hour']:.2f} ({rate['low']:.2f} to {rate['high']:.2f})"
        rows.append(("calls without pain, an hour without pain (95 %, Poisson)", text))
    shown = alarms["shown"]
    chosen = "the one with the most false calls" if shown["false_alerts"] else "none had a false call"
    return section(
        "What a ward would have heard",
        paragraph(
            f"The estimated levels went through the ward's own alert policy: two levels of {rules['raise_level']:g} or "
            f"more within {rules['repeat_window_s']:g} s, or one of 3 that nothing calmer follows for "
            f"{rules['hold_s']:g} s, call; levels of {rules['clear_level']:g} or less over {rules['clear_after_s']:g} s"
            " clear. A call is false when no keyframe from 5 s before its first evidence to the call was truly at the "
            "alert's level."
        ),
        table(("", ""), rows),
        figure(timeline(shown, names), f"{shown['sequence']}: one of the watched ({chosen})."),
    )
