"""python -m tests.deploy.metrics_page      writes deploy/prometheus/metrics.md anew.

Every metric of the services, in its own words, with who shows it: a metric that nobody finds is of no use.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import yaml

from tests.deploy.queries import DASHBOARDS, RULES
from tests.deploy.registry import SUFFIXES, registry

PAGE = Path(__file__).parents[2] / "deploy" / "prometheus" / "metrics.md"
HEAD = """# Metrics

Every metric that a service exports on its port for Prometheus, by name. *Shown by* names the dashboards
(`deploy/grafana`) and the alerts (`deploy/prometheus/rules.yml`) that read it; what nobody reads is to be looked at
here when a number is wanted. A counter ends in `_total`; a histogram has `_bucket`, `_sum` and `_count`. Prometheus'
client adds its own `process_` and `python_` metrics. Written by `python -m tests.deploy.metrics_page` from what the
code registers.
"""
SERVICES = ("ingest", "keyframe", "snni_client", "snni_server", "alerts", "probe", "bus")


def page() -> str:
    """Its text."""
    rows = sorted(_rows())
    parts = [HEAD]
    for service in SERVICES:
        own = [row for name, row in rows if name.startswith(f"veilward_{service}_")]
        parts.append(
            f"\n## {service}\n\n| metric | labels | what | shown by |\n|---|---|---|---|\n" + "\n".join(own) + "\n"
        )
    return "".join(parts)


def exported() -> set[str]:
    """The names of the services' own metrics."""
    return {name for name, _ in _rows()}


def _rows() -> Iterator[tuple[str, str]]:
    readers = dict(_readers())
    metrics = registry()
    labels = {
        one._name: one._labelnames  # the client's families know only the labels of series that there are
        for one in metrics.registry._collector_to_names
        if hasattr(one, "_labelnames")
    }
    for family in metrics.registry.collect():
        if not family.name.startswith("veilward_"):
            continue
        name = family.name + ("_total" if family.type == "counter" else "")
        series = {family.name + suffix for suffix in SUFFIXES[family.type]}
        named = labels.get(family.name) or sorted({key for one in family.samples for key in one.labels} - {"le"})
        shown = [reader for reader, text in readers.items() if any(_reads(text, one) for one in series)]
        cells = [f"`{name}`", ", ".join(named), family.documentation, ", ".join(shown)]
        yield name, "| " + " | ".join(cells) + " |"


def _reads(text: str, series: str) -> bool:
    matched = re.findall(r'__name__=~\\*"([^"\\]+)', text)
    return re.search(rf"\b{series}\b", text) is not None or any(re.fullmatch(one, series) for one in matched)


def _readers() -> Iterator[tuple[str, str]]:
    """(a dashboard or an alert, all that it asks for): alerts with the recorded rules that they read."""
    rules = [rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]
    recorded = {rule["record"]: str(rule["expr"]) for rule in rules if "record" in rule}

    def whole(text: str) -> str:
        found = text
        for _ in recorded:  # a rule may read another
            more = " ".join(expr for name, expr in recorded.items() if name in found and expr not in found)
            if not more:
                break
            found += " " + more
        return found

    for path in DASHBOARDS:
        yield path.stem, whole(json.dumps(json.loads(path.read_text()), ensure_ascii=False))
    for rule in rules:
        if "alert" in rule:
            yield f"`{rule['alert']}`", whole(str(rule["expr"]))


def main() -> None:
    PAGE.write_text(page())


if __name__ == "__main__":
    main()
