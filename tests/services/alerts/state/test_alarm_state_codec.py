"""A camera's policy state in Redis: what a version before kept is read, and what it will read is as it wrote it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from services.alerts.policy.alert_policy import AlertPolicy
from services.alerts.policy.episode import AlarmState
from services.alerts.policy.evidence import Evidence
from services.alerts.policy.thresholds import Thresholds
from services.alerts.state.alarm_state_codec import decode_state, encode_state

AT = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)


def suspected() -> AlarmState:
    evidence = Evidence(2, AT, AT + timedelta(seconds=1), "p", 1)
    return AlertPolicy(Thresholds()).observe(AlarmState("c"), evidence, AT + timedelta(seconds=1)).state


def test_what_was_suspected_comes_back_with_its_senders_moment() -> None:
    state = suspected()
    assert state.suspects[0].captured_at == AT
    assert decode_state(json.loads(json.dumps(encode_state(state)))) == state


def test_a_version_before_and_this_one_read_each_other() -> None:
    kept = encode_state(suspected())
    (piece,) = kept["suspects"]
    assert len(piece) == 2 and len(piece[0]) == 4, "what a version before takes apart"
    del kept["suspects_captured"]
    read = decode_state(kept)
    assert read == replace(suspected(), suspects=(replace(suspected().suspects[0], captured_at=None),))
