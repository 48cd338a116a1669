"""Settings, subjects, ports, alarms and figures on the pages are those of the code."""

from __future__ import annotations

import ast
import re
from importlib import import_module
from typing import Any

import pytest

from localsite.infer import DRAWS
from services.alerts.change_journal import PENDING_LIMIT
from services.alerts.leading.lease import RENEW_S, TTL_S
from services.alerts.notify.delivery_queue import LONGEST_PAUSE_S, WAITING_LIMIT
from services.alerts.policy.technical import STATES, Severity
from services.alerts.policy.thresholds import Thresholds
from services.alerts.settings import AlertsSettings
from services.alerts.state.recent_levels import LEVELS_KEPT
from services.alerts.state.redis_store import RedisStore
from services.bus import streams
from services.bus.messages import MAX_JSON_BYTES
from services.bus.nats_config import HUB_MAX_PAYLOAD
from services.bus.subjects import FAMILIES
from services.ingest.settings import IngestSettings
from services.keyframe.settings import KeyframeSettings
from services.snni_client.scorer import ACK_WAIT_S
from services.snni_client.settings import SnniClientSettings
from snni.compile.scales import ACTIVATION_BITS
from snni.compile.windows import IGNORED_BITS
from snni.twoparty.session.client import PING_S, Target
from tests.docs.pages import ROOT, TEXTS, every_page, one_line, section
from tests.docs.settings import SETTINGS
from training.data.build import FRONT, HOURS

SETTING = re.compile(r"VEILWARD_(SNNI_CLIENT|SNNI_SERVER|INGEST|KEYFRAME|ALERTS|PROBE)_([A-Z_]+)")


def defaults(kind: Any) -> dict[str, Any]:
    """A settings class's defaults by field."""
    return {name: field.default for name, field in kind.model_fields.items()}


@every_page
def test_every_setting_is_one(name: str) -> None:
    for service, field in SETTING.findall(TEXTS[name]):
        module, _, kind = SETTINGS[service].partition(":")
        assert field.lower() in getattr(import_module(module), kind).model_fields


def faults_of_the_service() -> set[str]:
    """The sentences with which `alerts` tells the ward of itself, but for those with something filled in."""
    tree = ast.parse((ROOT / "services" / "alerts" / "self_check.py").read_text())
    (checks,) = [one for one in ast.walk(tree) if isinstance(one, ast.FunctionDef) and one.name == "checks"]
    said = {one.value for one in ast.walk(checks) if isinstance(one, ast.Constant) and isinstance(one.value, str)}
    found = {one for one in said if " " in one and one != ast.get_docstring(checks)}
    assert len(found) > 10
    return found


def test_every_technical_state_is_explained_to_the_operator() -> None:
    told = section("docs/operator.md", "Technical alarms")
    rows, milder = set(re.findall(r"^\| ([A-Z][^|]+?) \|", told, re.M)), set(re.findall(r"\*([A-Z][^*]+)\*", told))
    alarms = {text for severity, text in STATES.values() if severity is Severity.ALARM}
    assert milder == {text for severity, text in STATES.values() if severity is Severity.ADVICE}
    assert alarms < rows
    alerts = ROOT / "services" / "alerts"
    code = (alerts / "policy" / "technical.py").read_text() + (alerts / "self_check.py").read_text()
    assert all(f'"{text}"' in code for text in rows - alarms)
    assert faults_of_the_service() <= rows


@every_page
def test_every_subject_is_in_the_registry(name: str) -> None:
    shapes = {f"{one.noun}.v1." + ".".join(f"<{scope}>" for scope in one.scope) for one in FAMILIES}
    said = {one for one in re.findall(r"`([a-z]+\.v1\.[^`]+)`", TEXTS[name]) if "..." not in one}
    assert said <= shapes
    if name == "ARCHITECTURE.md":
        assert said == shapes


def figures() -> list[tuple[str, str]]:
    """(document, words that must stand there), the figures taken from the code."""
    rules, ward = Thresholds(), defaults(AlertsSettings)
    keyframe, ingest, room = defaults(KeyframeSettings), defaults(IngestSettings), defaults(SnniClientSettings)
    out, hub, crops = streams.out_stream(), streams.ward_stream(["room-1"]), streams.crops_stream()
    out_days, hub_days = (out.max_age or 0) / streams.DAY_S, (hub.max_age or 0) / streams.DAY_S
    ledger_gib = (streams.ledger_stream().max_bytes or 0) / 2**30
    history = RedisStore.__init__.__kwdefaults__["history_kept"]
    architecture = [
        f"two levels of {rules.raise_level} or more within {rules.repeat_window_s:g} s",
        f"one level 3 that nothing calmer follows for {rules.hold_s:g} s",
        f"levels of {rules.clear_level} or less, two at least, over {rules.clear_after_s:g} s",
        f"evidence older than {rules.stale_after_s:g} s is a technical state",
        f"a technical alarm {rules.silent_after_s:g} s after its last heartbeat",
        f"every {rules.repeat_s:g} s, and after {rules.widen_after_s:g} s more people are asked",
        f"after {rules.ack_timeout_s:g} s, and at once when it gets worse",
        f"after {rules.presence_timeout_s:g} s without an outcome",
        f"at most {rules.pause_limit_s:g} s, holds every call",
        f"can be paused for {rules.audio_pause_s:g} s",
        f"Every {keyframe['period_s']:g} s a frame is a candidate",
        f"after {keyframe['max_silence_s']:g} s the next frame is a keyframe",
        {1.0: "One frame a second is converted"}[ingest["sample_period_s"]],
        f"whose decoding is {ingest['max_lag_s']:g} s behind",
        f"no picture for {ingest['stall_s']:g} s",
        f"told after {ingest['hold_s']:g} s",
        f"silent for {ingest['takeover_s']:g} s",
        f"whose frame is older than {room['crop_max_age_s']:g} s is skipped",
        f"({room['reconnect_min_s']:g} s to {room['reconnect_max_s']:g} s)",
        f"would come again after {ACK_WAIT_S:g} s",
        f"asks every {PING_S:g} s on the control connection and waits at most {Target.timeout_s:g} s",
        f"LEDGER: hub, file, for ever, {ledger_gib:g} GiB at most;",
        f"OUT: leaf, file, {out_days:g} days; WARD: hub, file, {hub_days:g} days",
        f"({out_days:g} days or {(out.max_bytes or 0) / streams.MIB:g} MiB)",
        f"one per camera (the newest), {crops.max_age:g} s",
        f"up to {PENDING_LIMIT:,} changes wait in memory",
        f"pauses that grow to {LONGEST_PAUSE_S:g} s",
        f"More than {WAITING_LIMIT:,} waiting",
        f"renews its word in LEASE every {RENEW_S:g} s; where the same word stands for {TTL_S:g} s",
        {3600.0: "without Redis the last hour of the stream"}[ward["rebuild_window_s"]],
    ]
    security = [
        f"{MAX_JSON_BYTES // 1024} KiB of JSON at most",
        f"OUT and WARD take {streams.EVENT_MAX_BYTES // 1024} KiB a message",
        f"the hub {HUB_MAX_PAYLOAD // 1024} KiB",
        f"the last {history} that ended, the last {LEVELS_KEPT} levels",
        f"| OUT, on the room device | levels, states and labels of clips by camera | {out_days:g} days at most |",
        f"| WARD, on the hub | the same | {hub_days:g} days |",
        f"| LEDGER, on the hub | the audit log | for ever; full at {ledger_gib:g} GiB, it takes no line more",
    ]
    told = {
        "ARCHITECTURE.md": architecture,
        "SECURITY.md": security,
        "docs/nurse.md": [{180.0: "after three minutes it calls again"}[ward["ack_timeout_s"]]],
        "docs/provider.md": [
            f"out of {DRAWS} reference runs that err by chance",
            f"keep {ACTIVATION_BITS} bits, of which comparisons leave out the lowest {IGNORED_BITS};",
        ],
        "docs/trainer.md": [
            f"in {100 * FRONT:g} % of pictures a mask, a tube, a hand or linen",
            f"{100 * (HOURS['night'] + HOURS['infrared']):g} % are seen at night or in infrared",
        ],
    }
    return [(name, words) for name, all_words in told.items() for words in all_words]


@pytest.mark.parametrize(("name", "words"), figures())
def test_figures_are_those_of_the_code(name: str, words: str) -> None:
    assert words in one_line(TEXTS[name])


def test_ports_are_those_of_the_manifests() -> None:
    rows = re.findall(r"^\| [^|]+-> [^|]+\| TCP (\d+)", TEXTS["ARCHITECTURE.md"], re.M)
    assert len(rows) >= 7
    declared = set()
    for path in (ROOT / "deploy" / "k8s").rglob("*.yaml"):
        declared |= set(re.findall(r"containerPort: (\d+)\}", path.read_text()))
    assert set(rows) == declared
