"""A signed head of the audit log: at this moment the site's log had so many lines, the last with this hash.

The chain shows a line that was changed. Lines cut off its end leave a whole chain, and so does a log that is written
anew from some line on. A head that lies elsewhere shows both, and whoever can write the log has not its key.
A head is a line {"format", "site", "line", "hash", "at", "key", "signature"} (signature.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from services.alerts.audit.line import Place
from services.alerts.audit.signature import opened, signed
from services.alerts.codec import instant, read_instant
from services.alerts.errors import NotSigned

PREFIX = b"veilward audit head v1\n"
FORMAT = 1


@dataclass(frozen=True, slots=True)
class Head:
    """What is signed."""

    site: str
    place: Place
    at: datetime


def signed_head(head: Head, key: Ed25519PrivateKey) -> bytes:
    """As a line."""
    told = {"site": head.site, "line": head.place.count, "hash": head.place.head, "at": instant(head.at)}
    return signed(told | {"format": FORMAT}, PREFIX, key)


def opened_head(line: bytes, keys: Sequence[Ed25519PublicKey]) -> Head:
    """What one of `keys` signed. Raises NotSigned."""
    value = opened(line, PREFIX, keys)
    try:
        if value["format"] != FORMAT:
            raise NotSigned("a head of another version")
        place = Place(int(value["line"]), str(value["hash"]))
        return Head(str(value["site"]), place, read_instant(value["at"]))
    except (ValueError, KeyError, TypeError) as error:
        raise NotSigned("not a head") from error
