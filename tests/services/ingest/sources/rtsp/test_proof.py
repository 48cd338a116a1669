"""Proofs of a login, against the RFC's own example; what may not be given is an error."""

from __future__ import annotations

import secrets

import pytest

from services.ingest.sources.rtsp.errors import LoginUnsafe, LoginUnsupported
from services.ingest.sources.rtsp.login import Login
from services.ingest.sources.rtsp.proof import proof_for

MUFASA = Login("Mufasa", "Circle Of Life")
EXAMPLE = (
    'WWW-Authenticate: Digest realm="testrealm@host.com", qop="auth,auth-int", '
    'nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc069c403ebaf9f0171e9517f40e41"\r\n'
)
SHA_256 = 'WWW-Authenticate: Digest realm="r", nonce="n", algorithm=SHA-256\r\n'
BASIC = 'WWW-Authenticate: Basic realm="r"\r\n'


def test_the_example_of_rfc_2617(monkeypatch: pytest.MonkeyPatch) -> None:
    """3.5 there."""
    monkeypatch.setattr(secrets, "token_hex", lambda _: "0a4f113b")
    header = proof_for(EXAMPLE, MUFASA, secured=False).header("GET", "/dir/index.html")
    assert 'response="6629fae49393a05397450978507c4ef1"' in header
    assert 'opaque="5ccc069c403ebaf9f0171e9517f40e41"' in header
    assert "qop=auth, nc=00000001" in header
    assert "Circle" not in header


def test_each_request_is_proved_anew() -> None:
    proof = proof_for(EXAMPLE, MUFASA, secured=False)
    first, second = proof.header("GET", "/a"), proof.header("GET", "/a")
    assert first != second and "nc=00000002" in second


def test_the_digest_is_taken_before_the_password_and_the_password_over_tls_alone() -> None:
    assert not proof_for(BASIC + EXAMPLE, MUFASA, secured=True).basic
    assert proof_for(SHA_256 + BASIC, MUFASA, secured=True).header("GET", "/") == (
        "Authorization: Basic TXVmYXNhOkNpcmNsZSBPZiBMaWZl"
    )
    with pytest.raises(LoginUnsupported):
        proof_for(SHA_256 + BASIC, MUFASA, secured=False)
    with pytest.raises(LoginUnsupported):
        proof_for(SHA_256, MUFASA, secured=True)
    for head in (BASIC, ""):
        with pytest.raises(LoginUnsafe):
            proof_for(head, MUFASA, secured=False)
