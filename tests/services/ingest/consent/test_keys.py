"""The file with the ward's public keys."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from services.ingest.consent.keys import MAX_KEYS, read_keys
from services.runtime.errors import UnusableFile
from tests.services.ingest.consent.ward import Ward


def test_the_old_and_the_new_key_in_one_file(tmp_path: Path) -> None:
    old, new = Ward(), Ward()
    content = (
        old.write_key(tmp_path / "old").read_bytes()
        + b"# from spring on\n"
        + new.write_key(tmp_path / "n").read_bytes()
    )
    (tmp_path / "keys.pem").write_bytes(content)
    assert list(read_keys(tmp_path / "keys.pem")) == [old.public, new.public]


def test_what_is_no_such_file(tmp_path: Path) -> None:
    pem = Ward().write_key(tmp_path / "key").read_bytes()
    other = X25519PrivateKey.generate().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    broken = pem.replace(b"MC", b"!!")
    for content in (b"", b"nothing", pem * (MAX_KEYS + 1), other, pem + other, broken):
        (tmp_path / "keys.pem").write_bytes(content)
        with pytest.raises(UnusableFile):
            read_keys(tmp_path / "keys.pem")
    with pytest.raises(UnusableFile):
        read_keys(tmp_path / "nowhere")
