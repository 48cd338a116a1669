"""The figures of the first page are those of bench/results and of the shipped network's card."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.docs.pages import ROOT, TEXTS, one_line

Run = dict[str, Any]


def of(name: str) -> Run:
    """A result of bench/results."""
    found: Run = json.loads((ROOT / "bench" / "results" / f"{name}.json").read_text())
    return found


def measured() -> list[str]:
    """Words that stand between README's marks, from bench/results and from the shipped network's card."""
    ours, theirs = ([of(f"{name}-{link}") for link in ("loopback", "5g")] for name in ("expression", "squeezenet"))
    capacity = of("expression-capacity")
    card = (ROOT / "models" / "squeezenet-synthetic" / "card.md").read_text()
    rows = {line[2:].split(" | ")[0]: line.strip("| ").split(" | ") for line in card.splitlines() if line[:2] == "| "}
    whole, bare, glasses = (rows[name] for name in ("everybody", "glasses: without glasses", "glasses: with glasses"))

    def percent(cell: str) -> str:
        return f"{100 * float(cell):.1f} %"

    return [
        f"medians of {ours[0]['batch_1']['frames']} images",
        f"| {online(ours[0], ' both ways')} | {online(theirs[0])} |",
        f"| {online(ours[1])} | {online(theirs[1])} |",
        f"amortised over {ours[0]['amortised']['batch']} | {ahead(ours[0])} | {ahead(theirs[0])} |",
        f"| {stored(ours[0])} | {stored(theirs[0])} |",
        f"at a keyframe every {capacity['options']['period']:g} s | "
        f"{capacity['extrapolated']['cameras_per_server_core']} |",
        f"took {of_before('squeezenet-loopback'):.2f} of the time online",
        f"and {of_before('squeezenet-5g'):.2f} over the link",
        f"on {whole[2]} crops of {whole[1]} drawn people that it never saw: {percent(whole[3])} equal",
        f"pain found in {percent(whole[-2])}, none found in {percent(whole[-1])}",
        f"without glasses {percent(bare[3])}, with {percent(glasses[3])}",
    ]


def online(run: Run, ways: str = "") -> str:
    found = run["batch_1"]["online"]
    return f"{found['seconds']['median']:.2f} s, {found['bytes'] / 1e6:.1f} MB{ways}, {found['flights']} flights"


def ahead(run: Run) -> str:
    found = run["amortised"]["offline"]
    return f"{found['seconds']['median']:.2f} s, {found['bytes']['median'] / 1e6:.1f} MB"


def stored(run: Run) -> str:
    kept = run["amortised"]["memory"]
    return f"{kept['client_stored_bytes'] / 1e6:.0f} / {kept['server_stored_bytes'] / 1e6:.0f} MB"


def of_before(name: str) -> float:
    """Seconds online of a commit, of those of the commit before, of one machine in one hour."""
    after, before = (
        of(f"{place}/{name}")["amortised"]["online"]["seconds"]["median"] for place in ("before/after", "before")
    )
    return float(after / before)


@pytest.mark.parametrize("words", measured())
def test_what_is_measured_is_what_was_found(words: str) -> None:
    text = TEXTS["README.md"]
    assert text.count("<!-- measured:begin -->") == text.count("<!-- measured:end -->") == 1
    between = text.split("<!-- measured:begin -->")[1].split("<!-- measured:end -->")[0]
    assert words in one_line(between)


def capacity() -> list[str]:
    """Words that stand on the page of capacity, from bench/results."""
    edge, ward = of("expression-capacity"), of("ward")
    alone, period = edge["alone"], edge["options"]["period"]
    online, offline = alone["online_server_cpu_s"], alone["offline_server_cpu_s"]
    peaks = {row["cameras"]: row["server_peak_mb"] for row in edge["cameras"]}
    a_session = (peaks[max(peaks)] - peaks[1]) / (max(peaks) - 1)
    sessions = 16
    asked = ward["parameters"]
    return [
        f"{online + offline:.2f} CPU seconds an inference ({online:.2f} online, {offline:.2f} ahead): "
        f"{(online + offline) / period:.3f} of a core; {a_session:.0f} MB of memory a room device",
        f"{sessions} sessions are {(peaks[1] + sessions * a_session) / 1e3:.1f} GB of its 4 GiB at most, "
        f"and {sessions * (online + offline) / period:.1f} of its 4 cores",
        f"{ward['result']['alerts_core_share']:.2f} of a core at {asked['rate']:g} messages a second and "
        f"{asked['screens']} screens",
    ]


@pytest.mark.parametrize("words", capacity())
def test_what_machines_are_planned_by_is_what_was_found(words: str) -> None:
    assert words in one_line(TEXTS["docs/capacity.md"])
