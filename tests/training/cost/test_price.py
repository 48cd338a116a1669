"""What a plan costs: bytes as measured, seconds near what was measured and said to be a prediction."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from snni.model.plan import Plan
from snni.twoparty.linear.portions import linear_traffic
from snni.twoparty.session.handshake import Claim
from snni.wire.framing import HEADER
from training.cost.measurements import PROTOCOL, Link, Measurement, extracted, measurements
from training.cost.price import Variant, price, table, table_lines
from training.cost.seconds import predictor
from training.errors import OptionError
from training.tuning.agreement import Agreement

ROOT = Path(__file__).parents[3]
RESULTS = ROOT / "bench" / "results"
PLAN = ROOT / "models" / "squeezenet-synthetic" / "plan.json"


def test_bytes_are_those_that_were_measured() -> None:
    """Online and the linear part to the byte; a session's claim is no part of a plan."""
    plan = Plan.load(PLAN)
    rows = [
        row for row in measurements() if row.source.startswith("squeezenet-loopback") and row.source.endswith("batch_1")
    ]
    found, measured = price(plan), rows[0].counts
    sent = linear_traffic(plan, 1)
    claim = HEADER.size + len(Claim(number=0).model_dump_json())
    assert found.online_bytes + claim == measured["online_bytes"]
    assert sent.from_client + sent.from_server == measured["linear_bytes"]
    assert found.ahead_bytes == pytest.approx(measured["linear_bytes"] + measured["other_bytes"], rel=0.1)


def test_seconds_are_near_what_was_measured_and_bytes_count() -> None:
    rows = measurements()
    predicted = predictor(rows)
    assert predicted is not None and {"loopback", "5g"} <= predicted.links.keys()
    for row in rows:
        found = predicted(row.counts, row.link.name)
        assert found.online == pytest.approx(row.seconds["online"], rel=found.online_error + 1e-6)
        assert found.online_error < 0.25 and found.ahead_error < 1
        more = dict(row.counts) | {"online_bytes": 2 * row.counts["online_bytes"]}
        assert predicted(more, row.link.name).online > found.online
    with pytest.raises(OptionError, match="no measurement over moon"):
        predicted(rows[0].counts, "moon")


def test_the_fit_finds_constants_that_made_the_numbers() -> None:
    """Measurements computed from known constants and links."""
    rng = np.random.default_rng(1)
    rows = []
    for link in (Link("a", 0, 0.0), Link("b", 1e8, 2.5e-3)) * 2:
        macs, compared, sent, turns, ahead, other = rng.uniform(1e6, 1e8, 6)
        counts = {"macs": macs, "comparisons": compared, "online_bytes": sent, "online_flights": round(turns / 1e6)}
        counts |= {"linear_bytes": ahead, "linear_flights": 9, "other_bytes": other, "other_flights": 5}
        wait = {phase: link.seconds(counts, phase) for phase in ("online", "linear", "other")}
        online = 5e-9 * sent + 2e-4 * counts["online_flights"] + 1e-10 * macs + wait["online"]
        seconds = {"online": online, "linear": 8e-9 * ahead + 3e-10 * macs + wait["linear"],
                   "other": 2e-7 * compared + wait["other"]}  # fmt: skip
        rows.append(Measurement("made up", link, counts, seconds))
    predicted = predictor(rows)
    assert predicted is not None and max(predicted.errors.values()) < 1e-6
    assert np.allclose(predicted.constants["online"], [5e-9, 2e-4, 1e-10], rtol=1e-3)
    assert np.allclose(predicted.constants["linear"], [8e-9, 3e-10], rtol=1e-3)
    assert np.allclose(predicted.constants["other"], [2e-7], rtol=1e-3)
    assert predictor(rows[:2]) is None


def test_measurements_are_extracted_from_results_of_the_bench() -> None:
    """Each row says which result it is of; another protocol's results are left out."""
    found = extracted(RESULTS)
    assert {row.link.name for row in found} >= {"loopback", "5g"}
    names = {row.source.split(",")[0] for row in found}
    said = {path.stem: json.loads(path.read_text()) for path in RESULTS.glob("*.json")}
    compared = {name: one["options"]["comparison"] for name, one in said.items() if one.get("bench") == "snni"}
    assert names == {name for name, comparison in compared.items() if comparison == PROTOCOL} < compared.keys()
    assert all(row.seconds.keys() == {"online", "linear", "other"} for row in found)


def test_the_table_says_that_seconds_are_a_prediction() -> None:
    rows = [
        Variant("float", Agreement(0.9, 0.1, None, 10)),
        Variant("int8", Agreement(0.8, 0.2, 0.7, 10), price(Plan.load(PLAN))),
    ]
    made = table(rows)
    assert "prediction" in str(made.caption) and made.row_count == 2
    assert [str(cell) for cell in made.columns[2].cells] == ["-", "0.700"]
    assert all("s" not in line.split("ahead")[1] for line in table_lines(rows) if "ahead" in line)
