"""./run bench snni --costs: both parties' stretches on one clock, the messages between them, and the picture of it."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest

from bench import snni
from bench.costs.measure import told
from bench.draw.waterfall import in_words, waterfall
from snni.model.plan import Plan
from snni.model.step_cost import total_cost
from snni.twoparty.suite import TWO_PARTY
from snni.wire.memory_channel import channel_pair
from snni.wire.timeline import Timeline


def test_one_inference_is_drawn_with_every_message(small: Path, tmp_path: Path) -> None:
    out = tmp_path / "costs.json"
    assert snni.main(["--bundle", str(small), "--costs", "--json", str(out)]) == 0
    report, plan = json.loads(out.read_text()), Plan.load(small / "plan.json")
    inference = report["inference"]
    assert inference["bytes"] == total_cost(plan, TWO_PARTY).online_bytes
    lanes = inference["lanes"]
    for name, spans in lanes.items():
        moments = [(span["began"], span["ended"]) for span in spans]
        assert all(began <= ended for began, ended in moments)
        assert all(before[1] <= after[0] + 1e-6 for before, after in pairwise(moments)), name
        assert (
            sum(inference[f"{kind}_s"][name] for kind in ("works", "sends", "receives")) <= inference["seconds"] + 1e-3
        )
    assert {span["step"] for span in lanes["server"]} >= {
        step.name for step in plan.steps if step.op in ("conv", "relu")
    }
    assert all(message["began"] < message["ended"] for message in inference["messages"])
    picture = (tmp_path / "costs.svg").read_text()
    root = ElementTree.fromstring(picture)
    titles = [one.text or "" for one in root.iter("{http://www.w3.org/2000/svg}title")]
    assert sum("from the server" in title for title in titles) == 2 * sum(
        m["from"] == "server" for m in inference["messages"]
    )
    assert in_words(inference) in picture


def test_messages_are_from_where_they_began_to_where_they_were_whole() -> None:
    def span(step: str, kind: str, began: float, ended: float, sent: int = 0, received: int = 0) -> dict[str, object]:
        return {"step": step, "kind": kind, "began": began, "ended": ended, "sent": sent, "received": received}

    client = [
        span("claim", "sends", 10.0, 10.1, sent=5),
        span("input", "sends", 10.1, 10.2, sent=100),
        span("relu", "receives", 10.2, 11.0, received=40),
    ]
    server = [
        span("input", "receives", 10.15, 10.5, received=100),
        span("conv", "works", 10.5, 10.8),
        span("relu", "sends", 10.8, 10.9, sent=40),
    ]
    found = told(client, server)
    assert found["messages"] == [
        {"from": "client", "step": "input", "bytes": 100, "began": 0.1, "ended": 0.5},
        {"from": "server", "step": "relu", "bytes": 40, "began": 0.8, "ended": 1.0},
    ]
    assert found["seconds"] == 1.0 and found["bytes"] == 140
    assert found["works_s"] == {"client": 0, "server": 0.3}
    drawn = waterfall("a <title>", found)
    ElementTree.fromstring(drawn)
    assert "a &lt;title&gt;" in drawn


def test_a_timeline_says_what_each_stretch_did() -> None:
    one, other = channel_pair()
    line = Timeline()
    with line.step("a", one):
        one.send(7, b"abc")
    other.send(8, b"defg")
    with line.step("b", one):
        one.recv(8)
    with line.step("a", one):
        pass
    assert [(span.step, span.kind) for span in line.spans] == [("a", "sends"), ("b", "receives"), ("a", "works")]
    assert line.steps["a"].sent == line.spans[0].sent and line.steps["b"].received == line.spans[1].received
    with pytest.raises(ValueError, match="x"), line.step("c", one):
        raise ValueError("x")
    assert line.spans[-1].step == "c"
