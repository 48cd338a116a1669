"""A signed export: what the records have of a time, for whoever has no access to them.

A folder of three files. audit.jsonl: the audit log's lines from the first to the last of that time, as they stand in
it. access.jsonl: who read and did what, from the ward's database. manifest.json: a signed line (signature.py) that says
of what site and time, between which lines of the log, and the SHA-256 of both files.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from services.alerts.audit.head import Head
from services.alerts.audit.line import Place, canonical, read
from services.alerts.audit.signature import opened, signed
from services.alerts.audit.verification import Finding, check
from services.alerts.codec import Json, instant, read_instant
from services.alerts.errors import NotSigned
from services.alerts.records.access_log import Entry

PREFIX = b"veilward records export v1\n"
FORMAT = 1
AUDIT, ACCESS, MANIFEST = "audit.jsonl", "access.jsonl", "manifest.json"


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Lines of a whole log. before: where the log was before the first; last: where it is after the last."""

    before: Place
    last: Place
    raw: bytes


def excerpt(log: Iterable[bytes], begin: datetime, end: datetime) -> Excerpt:
    """Of a log's lines those from the first to the last of a time: all between, also where a clock was set back.

    A last line that is not whole yet is left out; what is not of it is not held. Raises AuditTampered.
    """
    before = last = previous = Place()
    kept: list[bytes] = []
    since: list[bytes] = []
    for line in read((one for one in log if one.endswith(b"\n")), Place()):
        of_it = begin <= line.entry.at < end
        if of_it and not kept:
            before = previous
        if of_it or kept:
            since.append(line.raw)
        if of_it:
            kept += since
            since, last = [], line.place
        previous = line.place
    return Excerpt(before, last, b"".join(kept))


def write(
    folder: Path,
    site: str,
    span: tuple[datetime, datetime],
    made_at: datetime,
    found: Excerpt,
    access: Sequence[Entry],
    key: Ed25519PrivateKey,
) -> None:
    """Make the folder and its files. Raises OSError, also where it is there already."""
    folder.mkdir(mode=0o700)
    bodies = {AUDIT: found.raw, ACCESS: b"".join(_line(one) for one in access)}
    told: Json = {
        "format": FORMAT,
        "site": site,
        "from": instant(span[0]),
        "to": instant(span[1]),
        "made_at": instant(made_at),
        "before": _place(found.before),
        "last": _place(found.last),
        "files": {name: hashlib.sha256(body).hexdigest() for name, body in bodies.items()},
    }
    for name, body in (*bodies.items(), (MANIFEST, signed(told, PREFIX, key))):
        (folder / name).write_bytes(body)


@dataclass(frozen=True, slots=True)
class CheckedExport:
    """What was found wrong, in words; site, time and lines as the manifest tells them."""

    findings: tuple[str, ...]
    site: str
    span: tuple[datetime, datetime]
    before: Place
    last: Place


def check_export(folder: Path, keys: Sequence[Ed25519PublicKey]) -> CheckedExport:
    """Whether a folder is as it was signed. Raises NotSigned for its manifest, OSError."""
    told = opened((folder / MANIFEST).read_bytes(), PREFIX, keys)
    try:
        if told["format"] != FORMAT:
            raise NotSigned("an export of another version")
        span = read_instant(told["from"]), read_instant(told["to"])
        before, last = (Place(told[name]["line"], told[name]["hash"]) for name in ("before", "last"))
        site, files, made_at = str(told["site"]), dict(told["files"]), read_instant(told["made_at"])
    except (ValueError, KeyError, TypeError) as error:
        raise NotSigned("no manifest of an export") from error
    bodies = {name: (folder / name).read_bytes() for name in (AUDIT, ACCESS)}
    changed = [name for name, body in bodies.items() if files.get(name) != hashlib.sha256(body).hexdigest()]
    found = check(bodies[AUDIT].splitlines(keepends=True), [Head(site, last, made_at)], before)
    lines: list[Finding | str] = [*found.findings, *(f"{name}: not as it was signed" for name in changed)]
    return CheckedExport(tuple(map(str, lines)), site, span, before, last)


def _place(place: Place) -> Json:
    return {"line": place.count, "hash": place.head}


def _line(one: Entry) -> bytes:
    return canonical(asdict(one) | {"at": instant(one.at), "kind": one.kind.value}) + b"\n"
