"""The figures of the first page are those of bench/results and of the shipped network's card."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.docs.pages import ROOT, TEXTS, one_line

Run = dict[str, Any]


def measured() -> list[str]:
    """Words that stand between README's marks, from bench/results and from the shipped network's card."""
    results = ROOT / "bench" / "results"
    local, far, capacity = (
        json.loads((results / f"squeezenet-{name}.json").read_text()) for name in ("loopback", "5g", "capacity")
    )
    alone, shared, cores = local["batch_1"], local["amortised"], capacity["extrapolated"]["cameras_per_server_core"]
    online, ahead, memory = alone["online"], shared["offline"], shared["memory"]
    ahead_s, ahead_bytes = ahead["seconds"]["median"], ahead["bytes"]["median"]
    card = (ROOT / "models" / "squeezenet-synthetic" / "card.md").read_text()
    rows = {line[2:].split(" | ")[0]: line.strip("| ").split(" | ") for line in card.splitlines() if line[:2] == "| "}
    whole, bare, glasses = (rows[name] for name in ("everybody", "glasses: without glasses", "glasses: with glasses"))

    def percent(cell: str) -> str:
        return f"{100 * float(cell):.1f} %"

    ours, theirs = (
        json.loads((results / "in-turns" / f"{name}.json").read_text()) for name in ("expression", "squeezenet")
    )
    beside = in_turns(ours, theirs)

    return [
        *beside,
        f"medians of {alone['frames']} images",
        f"{online['seconds']['median']:.2f} s, {online['bytes'] / 1e6:.1f} MB both ways, {online['flights']} one-way",
        f"| {far['batch_1']['online']['seconds']['median']:.2f} s |",
        f"amortised over {shared['batch']} | {ahead_s:.2f} s, {ahead_bytes / 1e6:.1f} MB",
        f"| {memory['client_stored_bytes'] / 1e6:.0f} / {memory['server_stored_bytes'] / 1e6:.0f} MB |",
        f"at a keyframe every {capacity['options']['period']:g} s | {cores} |",
        f"on {whole[2]} crops of {whole[1]} drawn people that it never saw: {percent(whole[3])} equal",
        f"pain found in {percent(whole[-2])}, none found in {percent(whole[-1])}",
        f"without glasses {percent(bare[3])}, with {percent(glasses[3])}",
    ]


def in_turns(ours: Run, theirs: Run) -> list[str]:
    """The default network beside the other, of one run."""
    (new, old), (ahead, before) = (
        [run[part][phase] for run in (ours, theirs)]
        for part, phase in (("batch_1", "online"), ("amortised", "offline"))
    )
    kept, held = ours["amortised"]["memory"], theirs["amortised"]["memory"]

    def mb(one: float) -> str:
        return f"{one / 1e6:.1f}"

    def of_the_time(one: Run, other: Run) -> str:
        return f"{one['seconds']['median'] / other['seconds']['median']:.2f} of the time"

    def stored(memory: Run) -> str:
        return f"{memory['client_stored_bytes'] / 1e6:.0f} / {memory['server_stored_bytes'] / 1e6:.0f}"

    flights = f"{new['flights']} one-way flights for {old['flights']}"
    return [
        f"| {mb(new['bytes'])} MB for {mb(old['bytes'])}, {flights}, {of_the_time(new, old)} |",
        f"{mb(ahead['bytes']['median'])} MB for {mb(before['bytes']['median'])}, {of_the_time(ahead, before)} |",
        f"| {stored(kept)} MB for {stored(held)} |",
    ]


@pytest.mark.parametrize("words", measured())
def test_what_is_measured_is_what_was_found(words: str) -> None:
    text = TEXTS["README.md"]
    assert text.count("<!-- measured:begin -->") == text.count("<!-- measured:end -->") == 1
    between = text.split("<!-- measured:begin -->")[1].split("<!-- measured:end -->")[0]
    assert words in one_line(between)
