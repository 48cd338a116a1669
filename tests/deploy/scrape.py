"""A real Prometheus that runs deploy/prometheus on a free port, with throw-away data and a scrape every second.

with start_prometheus(directory, {"ingest": 8081, ...}) as prometheus:
    prometheus.wait_up({"ingest"})
    samples = prometheus.query("sum(up)")

The jobs are those of prometheus.yml; a job without a port stays without targets.
"""

from __future__ import annotations

import json
import re
import shutil
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from localsite.process import Process
from tests.support.waiting import PATIENCE_S

SOURCE = Path(__file__).parents[2] / "deploy" / "prometheus"
EXTERNAL_URL = "http://prometheus.test/"
LISTENING = re.compile(r'msg="Listening on" address=127\.0\.0\.1:(\d+)')


@dataclass(frozen=True)
class Sample:
    """One series of an instant query. value may be NaN."""

    labels: dict[str, str]
    value: float


def write_targets(directory: Path, ports: Mapping[str, int], host: str = "127.0.0.1") -> None:
    """One file_sd file per job: <directory>/<job>.json. Files appear whole, so that none is read half written."""
    directory.mkdir(parents=True, exist_ok=True)
    for job, port in ports.items():
        fresh = directory / f"{job}.json.new"
        fresh.write_text(json.dumps([{"targets": [f"{host}:{port}"]}]))
        fresh.replace(directory / f"{job}.json")


@dataclass
class Prometheus:
    """A running server. url: its address. targets: the folder of its file_sd files."""

    process: Process
    url: str
    targets: Path

    def __enter__(self) -> Prometheus:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def query(self, expr: str) -> list[Sample]:
        """An instant query now. Raises urllib.error.HTTPError for an expression that does not parse."""
        result = self._get("/api/v1/query?" + urllib.parse.urlencode({"query": expr}))["result"]
        return [Sample(one["metric"], float(one["value"][1])) for one in result]

    def up(self) -> set[str]:
        """The jobs whose last scrape succeeded."""
        return {sample.labels["job"] for sample in self.query("up == 1")}

    def alerts(self) -> list[dict[str, Any]]:
        """Every alert that is pending or fires."""
        found: list[dict[str, Any]] = self._get("/api/v1/alerts")["alerts"]
        return found

    def rule_errors(self) -> list[str]:
        """What the server says of rules whose last evaluation failed."""
        groups = self._get("/api/v1/rules")["groups"]
        return [rule["lastError"] for group in groups for rule in group["rules"] if rule.get("lastError")]

    def wait(self, what: str, probe: Callable[[], bool], timeout_s: float = PATIENCE_S) -> None:
        """Until `probe()` is true. Raises ProcessError, with the log, when it never is."""
        self.process.wait_for(what, lambda: True if probe() else None, timeout_s)

    def wait_up(self, jobs: set[str], timeout_s: float = PATIENCE_S) -> None:
        """Until each of these jobs has been scraped. Raises ProcessError."""
        self.wait(f"scrape of {sorted(jobs)}", lambda: jobs <= self.up(), timeout_s)

    def stop(self) -> None:
        """End it."""
        self.process.stop()

    def _get(self, path: str) -> Any:
        with urllib.request.urlopen(self.url + path, timeout=PATIENCE_S) as answer:
            return json.load(answer)["data"]


def start_prometheus(directory: Path, ports: Mapping[str, int]) -> Prometheus:
    """Start and wait until it is ready. Raises ProcessError."""
    directory.mkdir(parents=True, exist_ok=True)
    config = (SOURCE / "prometheus.yml").read_text()
    for setting in ("scrape_interval", "evaluation_interval", "refresh_interval"):
        config = _every_second(config, setting)
    (directory / "prometheus.yml").write_text(config)
    for name in ("rules.yml", "runbook.md"):
        shutil.copy(SOURCE / name, directory / name)
    write_targets(directory / "targets", ports)
    command = ["prometheus", f"--config.file={directory / 'prometheus.yml'}"]
    command += [f"--storage.tsdb.path={directory / 'data'}", "--web.listen-address=127.0.0.1:0"]
    command += [f"--web.user-assets={directory}", f"--web.external-url={EXTERNAL_URL}"]
    command += ["--storage.tsdb.retention.time=1h", "--query.lookback-delta=1m", "--log.level=info"]
    log = directory / "prometheus.log"
    log.unlink(missing_ok=True)
    process = Process("prometheus", command, log).start()
    try:
        port = process.wait_for("port", lambda: LISTENING.search(process.log.read_text()))[1]
        server = Prometheus(process, f"http://127.0.0.1:{port}", directory / "targets")
        server.wait("readiness", lambda: _ready(server.url))
    except BaseException:
        process.stop()
        raise
    return server


def _every_second(config: str, setting: str) -> str:
    lines = [
        f"{line.partition(setting)[0]}{setting}: 1s" if line.strip().startswith(setting) else line
        for line in config.splitlines()
    ]
    return "\n".join(lines) + "\n"


def _ready(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/-/ready", timeout=PATIENCE_S) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
