"""`veilward-alerts records ...`: the audit log's key, its signed heads, and what is wrong with a copy of it.

    key      makes the pair of keys by which heads and exports are signed
    heads    fetches the signed heads that the message bus keeps, into a file
    export   writes what the records have of a time into a folder, signed
    verify   looks for changed, missing, reordered and cut lines, or at an export; needs files alone, no running service

status  what it means
0       nothing is wrong, as far as the signed heads tell
1       something is: each finding is a line, with the numbers of the lines that it is about
2       what was given is wrong: a file, a key, a setting
"""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from services.alerts.audit.export import MANIFEST, check_export, excerpt, write
from services.alerts.audit.head import Head, opened_head
from services.alerts.audit.signature import make_keys, private_key, public_key
from services.alerts.audit.verification import Checked, Finding, Harm, check
from services.alerts.certificates import database_context
from services.alerts.errors import AlertsError, NotSigned
from services.alerts.records.access_log import AccessLog, Entry
from services.alerts.records.database import Database
from services.alerts.settings import AlertsSettings
from services.bus.connection import renewed_context
from services.bus.errors import BusError
from services.bus.nats_bus import Bus
from services.bus.streams import heads_stream
from services.bus.subjects import head
from services.runtime.errors import ConfigurationError
from services.runtime.metrics import Metrics
from services.runtime.settings import load
from services.site.errors import SiteError
from services.site.file import load_site

PATIENCE_S = 10.0


class Refused(Exception):
    """What was asked for cannot be done; its text says why."""


def main(arguments: Sequence[str]) -> int:
    """As the table says."""
    options = _parser().parse_args(arguments)
    try:
        match options.what:
            case "key":
                return _key(options)
            case "heads":
                return _heads(options)
            case "export":
                return _export(options)
            case _:
                return _verify(options)
    except (AlertsError, BusError, ConfigurationError, Refused, SiteError, OSError) as error:
        print(f"veilward-alerts records: {error}", file=sys.stderr)
        return 2


def _key(options: argparse.Namespace) -> int:
    print(f"key {make_keys(options.private, options.public)}: {options.private} signs, {options.public} checks")
    return 0


def _heads(options: argparse.Namespace) -> int:
    settings = load(AlertsSettings)
    found = asyncio.run(_fetched(settings, load_site(settings.site_file).site))
    with options.out.open("xb") as file:
        file.write(b"".join(found))
    print(f"{len(found)} heads")
    return 0


async def _fetched(settings: AlertsSettings, site: str) -> list[bytes]:
    bus = await Bus.connect(
        settings, "alerts", patience_s=PATIENCE_S, metrics=Metrics(), context=renewed_context(settings)
    )
    try:
        stream = bus.sequenced(heads_stream(), head(site))
        await stream.ensure()
        found: list[bytes] = []
        number = max(1, await stream.first())
        while some := await stream.read(number):
            found += some
            number += len(some)
        return found
    finally:
        await bus.close()


def _export(options: argparse.Namespace) -> int:
    settings = load(AlertsSettings)
    if settings.audit_key is None:
        raise Refused("an export is signed: set VEILWARD_ALERTS_AUDIT_KEY")
    zone = ZoneInfo(settings.timezone or "UTC")
    span = _moment(options.begin, zone), _moment(options.end, zone)
    if span[1] <= span[0]:
        raise Refused("--to is not after --from")
    with settings.audit_file.open("rb") as lines:
        found = excerpt(lines, *span)
    access = asyncio.run(_read_and_done(settings, span))
    site = load_site(settings.site_file).site
    write(options.out, site, span, datetime.now(UTC), found, access, private_key(settings.audit_key))
    count = found.last.count - found.before.count
    print(f"{options.out}: {count} lines of the audit log, {len(access)} of who read and did what")
    return 0


def _moment(text: str, zone: ZoneInfo) -> datetime:
    """A day, or a moment; by the ward's clock where it says no other. Raises Refused."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise Refused(f"{text}: neither a day nor a moment (ISO 8601)") from None
    return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)


async def _read_and_done(settings: AlertsSettings, span: tuple[datetime, datetime]) -> list[Entry]:
    database = Database(settings.database_address, database_context(settings))
    try:
        await database.open()
        kept = timedelta(days=settings.records_days)
        return await AccessLog(database, lambda: datetime.now(UTC), kept).between(*span)
    finally:
        await database.close()


def _verify(options: argparse.Namespace) -> int:
    if options.export is not None:
        return _verify_export(options.export, [public_key(path) for path in options.key])
    log, files, keys = options.log, options.heads, [public_key(path) for path in options.key]
    if log is None:
        settings = load(AlertsSettings)
        log = settings.audit_file
        files = files or [path for path in [settings.audit_heads_file] if path is not None and path.exists()]
        keys = keys or ([] if settings.audit_key is None else [private_key(settings.audit_key).public_key()])
    if files and not keys:
        raise Refused("signed heads need the key that checks them: --key")
    heads, unsigned = read_heads(files, keys)
    with log.open("rb") as lines:
        return _say(check(lines, heads), unsigned)


def _verify_export(folder: Path, keys: Sequence[Ed25519PublicKey]) -> int:
    if not keys:
        raise Refused("an export needs the key that checks it: --key")
    try:
        found = check_export(folder, keys)
    except NotSigned as error:
        print(f"{MANIFEST}: {error}")
        return 1
    for line in found.findings:
        print(line)
    begin, end = (at.isoformat(timespec="seconds") for at in found.span)
    print(f"site {found.site}, {begin} to {end}: lines {found.before.count + 1} to {found.last.count} of its audit log")
    return 1 if found.findings else 0


def read_heads(files: Sequence[Path], keys: Sequence[Ed25519PublicKey]) -> tuple[list[Head], list[str]]:
    """The heads of files, and what is said of those that none of the keys signed. Raises OSError, Refused."""
    heads: list[Head] = []
    unsigned: list[str] = []
    for path in files:
        for number, line in enumerate(path.read_bytes().splitlines(keepends=True), 1):
            try:
                heads += [opened_head(line, keys)] if line.strip() else []
            except NotSigned as error:
                unsigned.append(f"{path.name}: {Finding(Harm.UNSIGNED, number, number, str(error))}")
    sites = {one.site for one in heads}
    if len(sites) > 1:
        raise Refused(f"the heads are of several sites: {', '.join(sorted(sites))}")
    return heads, unsigned


def _say(found: Checked, unsigned: Sequence[str]) -> int:
    for line in (*map(str, found.findings), *unsigned):
        print(line)
    print(f"{found.end.count} lines, the last with hash {found.end.head}")
    if found.vouched is None:
        print("no signed head vouches for any of them: lines cut off the end do not show")
    else:
        at = found.vouched.at.isoformat(timespec="seconds")
        print(f"signed up to line {found.vouched.place.count} at {at}, site {found.vouched.site}")
    return 1 if found.findings or unsigned else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="veilward-alerts records", description=(__doc__ or "").partition("\n")[0])
    commands = parser.add_subparsers(dest="what", required=True)
    key = commands.add_parser("key", help="makes the pair of keys")
    key.add_argument("--private", type=Path, required=True, metavar="FILE", help="new; VEILWARD_ALERTS_AUDIT_KEY")
    key.add_argument("--public", type=Path, required=True, metavar="FILE", help="new; for whoever checks")
    heads = commands.add_parser("heads", help="fetches the signed heads from the bus, with the service's settings")
    heads.add_argument("--out", type=Path, required=True, metavar="FILE", help="new")
    export = commands.add_parser("export", help="writes what the records have of a time into a folder, signed")
    export.add_argument("--from", dest="begin", required=True, metavar="DAY", help="YYYY-MM-DD, or a moment (ISO 8601)")
    export.add_argument("--to", dest="end", required=True, metavar="DAY", help="the same; not in it any more")
    export.add_argument("--out", type=Path, required=True, metavar="DIR", help="new")
    verify = commands.add_parser("verify", help="looks what is wrong with a copy of the audit log, or with an export")
    verify.add_argument("--export", type=Path, metavar="DIR", help="look at this export; no log and no heads then")
    verify.add_argument("--log", type=Path, metavar="FILE", help="with none, the service's own copy, by its settings")
    verify.add_argument("--heads", type=Path, action="append", default=[], metavar="FILE", help="may be given again")
    verify.add_argument(
        "--key", type=Path, action="append", default=[], metavar="FILE", help="public; may be given again"
    )
    return parser
