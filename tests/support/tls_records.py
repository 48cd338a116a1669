"""TLS 1.3 records that a party makes by hand, under the secret in its key log: what no library's API sends."""

from __future__ import annotations

from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

CIPHER = "TLS_AES_256_GCM_SHA384"
HANDSHAKE = 0x16
KEY_UPDATE = b"\x18\x00\x00\x01\x00"
"""RFC 8446, section 4.6.3: four bytes of header, and that no update is asked for in return."""


class ClientRecords:
    """From a client's key log, before it has sent anything of its own (RFC 8446, sections 5.2, 5.3 and 7.3)."""

    def __init__(self, key_log: Path) -> None:
        named = (line.split() for line in key_log.read_text().splitlines() if not line.startswith("#"))
        secret = next(bytes.fromhex(value) for name, _, value in named if name == "CLIENT_TRAFFIC_SECRET_0")
        self._cipher = AESGCM(_expanded(secret, b"key", 32))
        self._iv = _expanded(secret, b"iv", 12)
        self._sequence = 0

    def record(self, content: bytes, kind: int = HANDSHAKE) -> bytes:
        """The next one."""
        inner = content + bytes([kind])
        head = b"\x17\x03\x03" + (len(inner) + 16).to_bytes(2, "big")
        nonce = int.from_bytes(self._iv, "big") ^ self._sequence
        self._sequence += 1
        return head + self._cipher.encrypt(nonce.to_bytes(12, "big"), inner, head)


def _expanded(secret: bytes, label: bytes, length: int) -> bytes:
    named = b"tls13 " + label
    info = length.to_bytes(2, "big") + bytes([len(named)]) + named + b"\x00"
    return HKDFExpand(hashes.SHA384(), length, info).derive(secret)
