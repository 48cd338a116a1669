"""Certificates of the ward's own ends of TLS that end soon."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from services.alerts.certificates import CertificateWatch
from services.runtime.certificates import CertificateFiles

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


def certificate(path: Path, life: timedelta) -> Path:
    """A certificate that signs itself, valid from BEGIN on."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "ward")])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(BEGIN)
        .not_valid_after(BEGIN + life)
        .sign(key, hashes.SHA256())
    )
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.mark.parametrize(("life_days", "warned_days"), [(365, 14), (90, 14), (56, 14), (8, 2), (1, 0.25)])
def test_a_certificate_is_named_two_weeks_before_its_end_or_in_the_last_quarter_of_a_short_life(
    tmp_path: Path, life_days: float, warned_days: float
) -> None:
    end = BEGIN + timedelta(days=life_days)
    watch = CertificateWatch([CertificateFiles("web", certificate(tmp_path / "web.pem", timedelta(days=life_days)))])
    warned = end - timedelta(days=warned_days)
    assert list(watch.ending(warned - timedelta(minutes=5))) == []
    assert list(watch.ending(warned + timedelta(minutes=5))) == [("web", int(warned_days - 0.01))]
    assert list(watch.ending(end + timedelta(hours=1))) == [("web", -1)]


def test_of_several_authorities_the_last_to_end_counts(tmp_path: Path) -> None:
    both = certificate(tmp_path / "old.pem", timedelta(days=100)).read_bytes()
    both += certificate(tmp_path / "new.pem", timedelta(days=300)).read_bytes()
    (tmp_path / "ca.pem").write_bytes(both)
    watch = CertificateWatch([CertificateFiles("bus", authority=tmp_path / "ca.pem")])
    assert list(watch.ending(BEGIN + timedelta(days=120))) == []
    assert list(watch.ending(BEGIN + timedelta(days=299))) == [("bus_authority", 1)]


def test_files_that_cannot_be_read_name_nothing(tmp_path: Path) -> None:
    (tmp_path / "half.pem").write_text("-----BEGIN CERT")
    watch = CertificateWatch([CertificateFiles("web", tmp_path / name) for name in ("none.pem", "half.pem")])
    assert list(watch.ending(BEGIN)) == []
