"""`veilward-ingest discover`: the ONVIF cameras of this network, and with a login what they stream.

Prints a camera a line, its streams below it; `--json` prints a JSON list. Ends with 0; with 1 where no camera answered;
with 2 where the network or the login's file cannot be used.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from services.ingest.discovery.device import DeviceFault, Profile, profiles_of
from services.ingest.discovery.probe import GROUP, Found, probe
from services.ingest.sources.rtsp.errors import LoginUnreadable
from services.ingest.sources.rtsp.login import Login, read_login
from services.runtime.process import ExitStatus

PATIENCE_S = 4.0
ASK_S = 10.0


@dataclass(frozen=True)
class Listed:
    """A camera, its streams where it told them, else why not."""

    camera: Found
    streams: tuple[Profile, ...] = ()
    fault: str = ""


def main(argv: Sequence[str]) -> int:
    """The exit status."""
    options = _arguments(argv)
    try:
        login = None if options.login is None else read_login(options.login.parent, options.login.name)
        if options.login is not None and login is None:
            raise LoginUnreadable("there is no such file")
        host, _, port = options.ask.partition(":")
        target = (host, int(port or GROUP[1]))
        found = asyncio.run(_listed(options.seconds, target, options.interface, login))
    except LoginUnreadable as error:
        print(f"veilward-ingest discover: {options.login}: {error}", file=sys.stderr)
        return ExitStatus.MISCONFIGURED
    except (OSError, ValueError) as error:  # ValueError: no address
        reason = getattr(error, "strerror", None) or "no IPv4 address"
        print(f"veilward-ingest discover: the network cannot be asked: {reason}", file=sys.stderr)
        return ExitStatus.MISCONFIGURED
    print(json.dumps([asdict(one) for one in found], indent=1) if options.json else _lines(found))
    return ExitStatus.STOPPED if found else ExitStatus.FAILED


async def _listed(seconds: float, target: tuple[str, int], interface: str | None, login: Login | None) -> list[Listed]:
    cameras = await probe(seconds, target, interface)
    return list(await asyncio.gather(*(_asked(one, login) for one in cameras)))


async def _asked(camera: Found, login: Login | None) -> Listed:
    if login is None or not camera.services:
        return Listed(camera)
    try:
        return Listed(camera, tuple(await profiles_of(camera.services[0], login, ASK_S)))
    except DeviceFault as error:
        return Listed(camera, fault=str(error))


def _lines(found: list[Listed]) -> str:
    lines = []
    for one in found:
        lines.append(f"{one.camera.address}  {one.camera.name or 'without a name'}")
        lines += [f"  {stream.name}  {stream.codec} {stream.size}  {stream.url}" for stream in one.streams]
        lines += [f"  {one.fault}"] if one.fault else []
    return "\n".join(lines) or "no camera answered"


def _arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="veilward-ingest discover", description=__doc__)
    parser.add_argument("--login", type=Path, help="a file with user and password on two lines, to ask for streams")
    parser.add_argument("--interface", help="this machine's address to ask from, where it has several")
    parser.add_argument("--ask", default=GROUP[0], help="one camera's address, in place of the whole network's")
    parser.add_argument("--seconds", type=float, default=PATIENCE_S, help="how long to wait for answers (%(default)g)")
    parser.add_argument("--json", action="store_true", help="print a JSON list")
    return parser.parse_args(argv)
