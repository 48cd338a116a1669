"""What a plan costs: bytes as measured, seconds near what was measured and said to be a prediction."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from snni.model.plan import Plan
from snni.twoparty.plan_cost import linear_cost
from training.aware.price import Variant, price, table, table_lines
from training.aware.seconds import RESULTS, predictor
from training.tuning.errors import TuningError
from training.tuning.loop import Measured

PLAN = Path(__file__).parents[3] / "models" / "squeezenet-synthetic" / "plan.json"


def results() -> dict[str, dict]:
    found = {path.stem: json.loads(path.read_text()) for path in sorted(RESULTS.glob("*.json"))}
    return {
        name: one for name, one in found.items() if one.get("bench") == "snni" and one["options"]["gadget"] == "leaf"
    }


def test_bytes_are_those_that_were_measured() -> None:
    """Where the plan is still the measured one; the linear part to the byte, for a frame and for a batch."""
    plan = Plan.load(PLAN)
    measured = next(one for name, one in results().items() if one["model"] == "squeezenet")
    found = price(plan)
    if found.online_bytes == measured["cost"]["online_bytes"]:
        for kind in ("batch_1", "amortised"):
            frames = measured[kind]["batch"]
            sent = linear_cost(plan, frames)
            wanted = measured[kind]["offline"]["linear"]["bytes"]["median"]
            assert (sent.from_client + sent.from_server) / frames == wanted
    ahead = measured["batch_1"]["offline"]["bytes"]["median"]
    assert found.ahead_bytes == pytest.approx(ahead, rel=0.1)


def test_seconds_are_near_what_was_measured_and_bytes_count() -> None:
    foretell = predictor()
    assert foretell is not None and {"loopback", "5g"} <= foretell.links.keys()
    for one in results().values():
        took, cost, link = one["batch_1"], one["cost"], one["options"]["link"]
        counts = {"macs": cost["macs"], "comparisons": cost["comparisons"]}
        counts |= {"online_bytes": took["online"]["bytes"], "online_flights": took["online"]["flights"]}
        for phase, name in (("linear", "linear"), ("other", "nonlinear")):
            counts |= {f"{phase}_{what}": took["offline"][name][what]["median"] for what in ("bytes", "flights")}
        found = foretell(counts, link)
        assert found.online == pytest.approx(took["online"]["seconds"]["median"], rel=found.online_error + 1e-6)
        assert found.online_error < 0.25 and found.ahead_error < 1
        assert foretell(counts | {"online_bytes": 2 * counts["online_bytes"]}, link).online > found.online
    with pytest.raises(TuningError, match="no measurement over moon"):
        foretell(counts, "moon")


def test_the_fit_finds_constants_that_made_the_numbers(tmp_path: Path) -> None:
    """Results computed from known constants and links."""
    rng = np.random.default_rng(1)
    for index, (link, rate, delay) in enumerate([("a", 0, 0.0), ("b", 1e8, 5.0), ("a", 0, 0.0), ("b", 1e8, 5.0)]):
        macs, compared, sent, turns, ahead, other = rng.uniform(1e6, 1e8, 6)
        turns = round(turns / 1e6)
        wait = lambda size, flights, rate=rate, delay=delay: (size / rate if rate else 0) + flights * delay / 2e3  # noqa: E731
        seconds = 5e-9 * sent + 2e-4 * turns + 1e-10 * macs + wait(sent, turns)
        phases = {
            "linear": (8e-9 * ahead + 3e-10 * macs + wait(ahead, 9), ahead, 9),
            "nonlinear": (2e-7 * compared + wait(other, 5), other, 5),
        }
        said = {
            "online": {"seconds": {"median": seconds}, "bytes": sent, "flights": turns},
            "offline": {
                name: {"seconds": {"median": s}, "bytes": {"median": b}, "flights": {"median": f}}
                for name, (s, b, f) in phases.items()
            },
        }
        whole = {"bench": "snni", "options": {"gadget": "leaf", "link": link}, "batch_1": said}
        whole |= {"link": {"rate_bytes_per_s": rate, "round_trip_ms": delay}}
        whole |= {"cost": {"macs": macs, "comparisons": compared}}
        (tmp_path / f"{index}.json").write_text(json.dumps(whole))
    foretell = predictor(tmp_path)
    assert foretell is not None and max(foretell.errors.values()) < 1e-6
    assert np.allclose(foretell.constants["online"], [5e-9, 2e-4, 1e-10], rtol=1e-3)
    assert np.allclose(foretell.constants["linear"], [8e-9, 3e-10], rtol=1e-3)
    assert np.allclose(foretell.constants["other"], [2e-7], rtol=1e-3)
    for path in sorted(tmp_path.glob("*.json"))[2:]:
        path.unlink()
    assert predictor(tmp_path) is None


def test_the_table_says_that_seconds_are_a_prediction() -> None:
    rows = [
        Variant("float", Measured(0.9, 0.1, None, 10)),
        Variant("int8", Measured(0.8, 0.2, 0.7, 10), price(Plan.load(PLAN))),
    ]
    made = table(rows)
    assert "prediction" in str(made.caption) and made.row_count == 2
    assert [str(cell) for cell in made.columns[2].cells] == ["-", "0.700"]
    assert all("s" not in line.split("ahead")[1] for line in table_lines(rows) if "ahead" in line)
