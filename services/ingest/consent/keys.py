"""The ward's public keys, one of which must have signed what the room believes."""

from __future__ import annotations

import re
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from services.runtime.errors import UnusableFile

MAX_KEYS = 8
MAX_BYTES = 16_384
_PEM = re.compile(rb"-----BEGIN PUBLIC KEY-----.+?-----END PUBLIC KEY-----", re.DOTALL)


def read_keys(path: Path) -> tuple[Ed25519PublicKey, ...]:
    """The Ed25519 public keys of a PEM file: one, or the old and the new one while the ward changes its key.

    Raises UnusableFile.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UnusableFile(path, error.strerror or "unreadable") from None
    blocks = _PEM.findall(content)
    if not 1 <= len(blocks) <= MAX_KEYS or len(content) > MAX_BYTES:
        raise UnusableFile(path, f"not between one and {MAX_KEYS} public keys as PEM")
    return tuple(_key(path, block) for block in blocks)


def _key(path: Path, block: bytes) -> Ed25519PublicKey:
    try:
        key = load_pem_public_key(block)
    except (ValueError, UnsupportedAlgorithm):
        raise UnusableFile(path, "a public key that cannot be read") from None
    if not isinstance(key, Ed25519PublicKey):
        raise UnusableFile(path, "a public key that is not of Ed25519")
    return key
