"""Signed JSON, a line each: Ed25519 (RFC 8032) over all but the signature, in canonical JSON, behind a prefix.

The prefix says what is signed, so that a signature counts for nothing else. "key" names the public key.
"""

import hashlib
import json
import os
from collections.abc import Sequence
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from services.alerts.audit.line import canonical
from services.alerts.codec import Json
from services.alerts.errors import NotSigned
from services.runtime.errors import UnusableFile


def key_name(key: Ed25519PublicKey) -> str:
    """By what a line names its key."""
    return hashlib.sha256(key.public_bytes(Encoding.Raw, PublicFormat.Raw)).hexdigest()[:16]


def signed(value: Json, prefix: bytes, key: Ed25519PrivateKey) -> bytes:
    """The line, with its end."""
    body = value | {"key": key_name(key.public_key())}
    return canonical(body | {"signature": key.sign(prefix + canonical(body)).hex()}) + b"\n"


def opened(line: bytes, prefix: bytes, keys: Sequence[Ed25519PublicKey]) -> Json:
    """What one of `keys` signed. Raises NotSigned."""
    try:
        value: Json = json.loads(line)
        signature = bytes.fromhex(value.pop("signature"))
        key = next((one for one in keys if key_name(one) == value["key"]), None)
        if key is None:
            raise NotSigned("signed by no key that was given")
        key.verify(signature, prefix + canonical(value))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise NotSigned("not a signed line") from error
    except InvalidSignature as error:
        raise NotSigned("its signature is wrong") from error
    return value


def make_keys(private: Path, public: Path) -> str:
    """A new pair, each in a new file; its name. Raises OSError, also where one is there already: then none is made."""
    key = Ed25519PrivateKey.generate()
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    shown = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    made: list[Path] = []
    try:
        for path, mode, body in ((private, 0o600, secret), (public, 0o644, shown)):
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
                made.append(path)
                file.write(body)
    except OSError:
        for path in made:
            path.unlink()
        raise
    return key_name(key.public_key())


def private_key(path: Path) -> Ed25519PrivateKey:
    """The key that signs. Raises UnusableFile."""
    try:
        key = load_pem_private_key(path.read_bytes(), None)
    except OSError as error:
        raise UnusableFile(path, error.strerror or "unreadable") from None
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise UnusableFile(path, "not a private key in PEM without a password") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise UnusableFile(path, "not an Ed25519 key")
    return key


def public_key(path: Path) -> Ed25519PublicKey:
    """A key by which signatures are checked. Raises UnusableFile."""
    try:
        key = load_pem_public_key(path.read_bytes())
    except OSError as error:
        raise UnusableFile(path, error.strerror or "unreadable") from None
    except (ValueError, UnsupportedAlgorithm):
        raise UnusableFile(path, "not a public key in PEM") from None
    if not isinstance(key, Ed25519PublicKey):
        raise UnusableFile(path, "not an Ed25519 key")
    return key
