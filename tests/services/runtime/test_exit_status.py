"""How a service's process ends: the status, and what its last lines say. Real processes."""

from __future__ import annotations

import importlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from services.runtime.process import ExitStatus
from tests.support.waiting import PATIENCE_S

ROOT = Path(__file__).parents[3]
PROGRAM = """
import asyncio
from pathlib import Path
from services.bus.errors import BusUnavailable
from services.runtime.errors import PortFileError, UnusableFile
from services.runtime.health import Health
from services.runtime.lifecycle import live
from services.runtime.process import run_process
from services.runtime.settings import ServiceSettings, service_config
from services.site.file import load_site

class Example(ServiceSettings):
    model_config = service_config("EXAMPLE_SERVICE")
    edge: str = "e"

async def loop():
    {body}

async def serve(settings, process):
    async def nothing():
        return
    await live(process, settings, Health(), loops=[loop], drain=nothing)

run_process("example_service", Example, serve)
"""


def run(body: str, *words: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """A service whose one loop is `body`."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("VEILWARD_")}
    environment |= {f"VEILWARD_EXAMPLE_SERVICE_{name}": value for name, value in settings.items()}
    command = [sys.executable, "-c", PROGRAM.format(body=body), *words]
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )


def test_the_table() -> None:
    """What deploy/prometheus/runbook.md and the orchestrator go by."""
    assert {status.name: status.value for status in ExitStatus} == {"STOPPED": 0, "FAILED": 1, "MISCONFIGURED": 2}
    runbook = (ROOT / "deploy" / "prometheus" / "runbook.md").read_text()
    assert "status 2 means its settings" in " ".join(runbook.split())


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_told_to_stop(number: signal.Signals) -> None:
    done = run(f"import os; os.kill(os.getpid(), {number.value}); await asyncio.sleep(3600)")
    assert done.returncode == ExitStatus.STOPPED, done.stderr
    assert json.loads(done.stderr.splitlines()[-1])["event"] == "stopped"


@pytest.mark.parametrize(
    ("body", "settings", "named"),
    [
        ("pass", {"EDGE_URL": "secret"}, "VEILWARD_EXAMPLE_SERVICE_EDGE_URL"),
        ("pass", {"NATS_URL": "secret"}, "VEILWARD_EXAMPLE_SERVICE_NATS_URL"),
        ("pass", {"DRAIN_S": "secret"}, "VEILWARD_EXAMPLE_SERVICE_DRAIN_S"),
        ("pass", {"PORT_FILE": "/nowhere/ports.json"}, "/nowhere/ports.json"),
        ("load_site(Path('/nowhere/site.yaml'))", {}, "/nowhere/site.yaml"),
        ("raise UnusableFile(Path('/c.pem'), 'no PEM')", {}, "/c.pem: no PEM"),
    ],
)
def test_given_something_wrong(body: str, settings: dict[str, str], named: str) -> None:
    done = run(body, **settings)
    assert done.returncode == ExitStatus.MISCONFIGURED
    last = done.stderr.splitlines()[-1]
    assert last.startswith("veilward-example-service: ") and named in last
    assert "Traceback" not in done.stderr and "secret" not in done.stderr


@pytest.mark.parametrize("word", ["--hlep", "recrods"])
def test_a_mistyped_command_starts_no_service(word: str) -> None:
    done = run("print('it runs')", word)
    assert done.returncode == ExitStatus.MISCONFIGURED and done.stdout == ""
    assert done.stderr == "veilward-example-service: the service takes no words\n"


@pytest.mark.parametrize(
    ("service", "known"),
    [("alerts", "backup, baseline, consent-key, people, records, tables"), ("ingest", "discover")],
)
def test_who_mistypes_a_command_is_told_which_there_are(service: str, known: str) -> None:
    command = [sys.executable, "-m", f"services.{service}.main", "recrods"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE_S)
    assert done.returncode == ExitStatus.MISCONFIGURED
    assert done.stderr == f"veilward-{service}: the service takes no words but {known}\n"


@pytest.mark.parametrize("service", ["alerts", "ingest", "keyframe", "probe", "snni_client", "snni_server"])
@pytest.mark.parametrize("word", ["-h", "--help"])
def test_who_asks_for_help_gets_it(service: str, word: str) -> None:
    """Without a setting: it names all of them, and every word that the service takes."""
    module = importlib.import_module(f"services.{service}.settings")
    (kind,) = (
        one
        for one in vars(module).values()
        if getattr(one, "__module__", "") == module.__name__ and hasattr(one, "model_fields")
    )
    command = [sys.executable, "-m", f"services.{service}.main", word]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE_S)
    assert (done.returncode, done.stderr) == (ExitStatus.STOPPED, "")
    program = f"veilward-{service.replace('_', '-')}"
    assert done.stdout.startswith(f"usage: {program}\n")
    assert all(f"  VEILWARD_{service.upper()}_{field.upper()}" in done.stdout for field in kind.model_fields)
    assert service != "alerts" or f"{program} people --help" in done.stdout


@pytest.mark.parametrize(
    ("body", "kind", "reason"),
    [
        ("raise BusUnavailable('x: no NATS server')", "BusUnavailable", "x: no NATS server"),
        ("raise ValueError('a-face-s-pixels')", "ValueError", None),
        ("raise OSError(98, 'address in use')", "OSError", "address in use"),
    ],
)
def test_something_failed(body: str, kind: str, reason: str | None) -> None:
    done = run(body)
    assert done.returncode == ExitStatus.FAILED
    last = json.loads(done.stderr.splitlines()[-1])
    assert (last["event"], last["error"], last.get("reason")) == ("failed", kind, reason)
    assert last["at"].startswith("loop:")
    assert "Traceback" not in done.stderr and "pixels" not in done.stderr


def test_a_health_address_in_use_is_a_failure_not_a_wrong_setting() -> None:
    with subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import socket; s = socket.create_server(('127.0.0.1', 0));print(s.getsockname()[1], flush=True); input()",
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdout is not None and holder.stdin is not None
        done = run("await asyncio.sleep(3600)", HEALTH_PORT=holder.stdout.readline().strip())
        holder.stdin.close()
    assert done.returncode == ExitStatus.FAILED
    assert "in use" in json.loads(done.stderr.splitlines()[-1])["reason"]


def test_nothing_can_dump_the_process() -> None:
    done = run("from services.runtime.shutdown import dumpable; print(dumpable()); process_end()")
    assert done.stdout == "False\n"
