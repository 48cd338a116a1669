"""The figures of the first page are those of bench/results and of the shipped network's card."""

from __future__ import annotations

import json

import pytest

from tests.docs.pages import ROOT, TEXTS, one_line


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

    return [
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


@pytest.mark.parametrize("words", measured())
def test_what_is_measured_is_what_was_found(words: str) -> None:
    text = TEXTS["README.md"]
    assert text.count("<!-- measured:begin -->") == text.count("<!-- measured:end -->") == 1
    between = text.split("<!-- measured:begin -->")[1].split("<!-- measured:end -->")[0]
    assert words in one_line(between)
