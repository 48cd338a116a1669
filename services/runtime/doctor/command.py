"""`veilward doctor [SERVICE...]`: a line for each thing looked at, and an exit status.

status  what it says
0       nothing fails; what is warned of works today
1       something fails, and the line says what to do
2       it was asked for what is not here
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
import json
import logging
import os
import pkgutil
import sys
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict
from pathlib import Path

import services
from services.runtime.doctor.finding import Examination, Finding, Look, Verdict, fail
from services.runtime.errors import RuntimeFault, SettingsError
from services.runtime.settings import load

LOOK_S = 30.0
"""How long one look may take; each waits for less by itself."""


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit status, as above."""
    options = _parser().parse_args(arguments)
    known = dict(_examinations(options.service))
    asked = options.service or [name for name, one in known.items() if _is_set(_prefix(one))]
    if not asked or (unknown := sorted(set(asked) - known.keys())):
        said = f"no service {', '.join(unknown)} here" if asked else "no setting of a service is set here"
        print(f"veilward doctor: {said}; run it where a service runs, with its variables", file=sys.stderr)
        return 2
    logging.disable(logging.CRITICAL)  # what libraries log, findings say
    return asyncio.run(_examine({name: known[name] for name in asked}, options.json))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="veilward doctor",
        description="Looks at an installation from where a service runs, with that service's VEILWARD_ variables: "
        "certificates, clocks, the bus, the edge, databases, ports, disks, the network's hash. Changes nothing.",
        epilog="Status 0: nothing fails. 1: something does. 2: no such service, or none is set up here.",
    )
    parser.add_argument("service", nargs="*", metavar="SERVICE", help="only these; else all that have a variable set")
    parser.add_argument("--json", action="store_true", help="as JSON, for programs")
    return parser


def _examinations(asked: Sequence[str]) -> Sequence[tuple[str, Examination]]:
    """The services installed here that say how they are looked at, by their names in variables.

    What nobody asks for and has no variable set is not imported: a process is named as its package.
    """
    found = []
    for package in pkgutil.iter_modules(services.__path__):
        runs = (Path(services.__path__[0]) / package.name / "main.py").is_file()
        if runs and package.name not in asked and not _is_set(f"VEILWARD_{package.name.upper()}_"):
            continue
        try:
            module = importlib.import_module(f"services.{package.name}.doctor")
        except ModuleNotFoundError:  # no service, or one whose packages are not in this image
            continue
        if isinstance(one := getattr(module, "EXAMINATION", None), Examination):
            found.append((_prefix(one).removeprefix("VEILWARD_").rstrip("_").lower(), one))
    return found


def _prefix(one: Examination) -> str:
    return str(one.kind.model_config.get("env_prefix", ""))


def _is_set(prefix: str) -> bool:
    return any(name.startswith(prefix) for name in os.environ)


async def _examine(examinations: dict[str, Examination], as_json: bool) -> int:
    told: list[dict[str, str]] = []
    async for service, one in _findings(examinations):
        told.append({"service": service} | asdict(one))
        if not as_json:
            print(f"{one.verdict:4}  {service} {one.about}: {one.said}" + (f": {one.todo}" if one.todo else ""))
    failed = any(one["verdict"] == Verdict.FAIL for one in told)
    if as_json:
        print(json.dumps({"well": not failed, "findings": told}, indent=2))
    return int(failed)


async def _findings(examinations: dict[str, Examination]) -> AsyncIterator[tuple[str, Finding]]:
    for service, examination in examinations.items():
        try:
            settings = load(examination.kind)
        except SettingsError as error:
            yield service, fail("settings", str(error), "set these variables right (docs/installer.md, Settings)")
            continue
        for about, look in examination.looks(settings).items():
            for one in await _looked(about, look):
                yield service, one


async def _looked(about: str, look: Look) -> Sequence[Finding]:
    try:
        async with asyncio.timeout(LOOK_S):
            return await look()
    except RuntimeFault as error:  # its text quotes no value
        return [fail(about, str(error), "set that right, then look again")]
    except Exception as error:  # one look that breaks must not hide the others
        return [fail(about, f"could not be looked at: {type(error).__name__}", "report this as a fault of veilward")]
