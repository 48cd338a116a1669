"""Every query of the dashboards and of the rules, for checks against a real Prometheus.

    for query in queries():
        samples = instant query of query.expr
        query.kind == "value":      there is a sample, and one is not zero
        query.kind == "errors":     nothing went wrong is a good answer: no sample, or zeros
        query.kind == "zero":       there is a sample, and each is zero: what must never be, and is looked at
        query.kind == "condition":  what an alert compares with its threshold: there is a sample, zero or not

A panel's description that starts with "errors:" or "zero:" makes its queries so. A recording rule that an alert reads,
or that such a one is made of, is a "condition"; the others are "value". Alerts themselves are not listed: in a healthy
system they have no sample.
"""

from __future__ import annotations

import functools
import json
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import yaml

from tests.deploy.scrape import Sample

DEPLOY = Path(__file__).parents[2] / "deploy"
RULES = DEPLOY / "prometheus" / "rules.yml"
DASHBOARDS = sorted((DEPLOY / "grafana" / "dashboards").glob("*.json"))
RATE_INTERVAL = "1m"

Kind = Literal["value", "errors", "zero", "condition"]


@dataclass(frozen=True)
class Query:
    """source: `panel: <dashboard>: <title>` or `rule: <record>`. expr: PromQL without Grafana's variables."""

    source: str
    expr: str
    kind: Kind

    def satisfied(self, samples: Sequence[Sample]) -> bool:
        """Whether this answer is what it must give while everything works."""
        match self.kind:
            case "errors":
                return True
            case "zero":
                return bool(samples) and all(sample.value == 0 for sample in samples)
            case "condition":
                return bool(samples)
            case "value":
                return any(sample.value and not math.isnan(sample.value) for sample in samples)


@functools.cache
def _groups() -> Any:
    return yaml.load(RULES.read_text(), yaml.CSafeLoader)["groups"]


def rules() -> list[dict[str, Any]]:
    """Every rule of rules.yml, in order."""
    return [rule for group in _groups() for rule in group["rules"]]


def alert_rules() -> list[dict[str, Any]]:
    """The alerts."""
    return [rule for rule in rules() if "alert" in rule]


def recorded_names(expr: str) -> list[str]:
    """The names of recording rules in an expression."""
    return re.findall(r"veilward:[a-z0-9_:]+", expr)


def panels() -> list[dict[str, Any]]:
    """The dashboards' panels that ask something."""
    return [panel for board in boards() for panel in board["panels"] if panel["type"] != "row"]


def boards() -> list[dict[str, Any]]:
    """The dashboards."""
    return [json.loads(path.read_text()) for path in DASHBOARDS]


def queries() -> Iterator[Query]:
    """Every panel's queries, then every recording rule by its name."""
    for panel in panels():
        for target in panel["targets"]:
            expr = target["expr"].replace("$__rate_interval", RATE_INTERVAL)
            yield Query(f"panel: {panel['title']}", expr, _promised(panel["description"]))
    compared = _compared()
    for rule in rules():
        if "record" in rule:
            yield Query(f"rule: {rule['record']}", rule["record"], _kind(rule["record"], compared))


def _compared() -> set[str]:
    """What alerts compare, and of what that is made."""
    made_of = {rule["record"]: recorded_names(rule["expr"]) for rule in rules() if "record" in rule}
    found = {name for alert in alert_rules() for name in recorded_names(alert["expr"])}
    while more := {part for name in found for part in made_of[name]} - found:
        found |= more
    return found


def _promised(description: str) -> Kind:
    if description.startswith("zero:"):
        return "zero"
    return "errors" if description.startswith("errors:") else "value"


def _kind(record: str, compared: set[str]) -> Kind:
    if record.startswith("veilward:errors:"):
        return "errors"
    return "condition" if record in compared else "value"
