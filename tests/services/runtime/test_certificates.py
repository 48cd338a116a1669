"""Certificates renewed under a running process: new handshakes follow the files, and half of a pair changes nothing."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from localsite.pki import LIFETIME, Pki, make_pki
from services.bus.identities import spiffe
from services.runtime.certificates import LIFE_USED, CertificateFiles, RenewedContext, export
from services.runtime.errors import UnusableFile
from services.runtime.metrics import Metrics
from tests.support.renewal import put


class Kubelet:
    """A folder as the kubelet mounts a secret: names are links through `..data`, which one rename swaps."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._count = 0
        directory.mkdir()

    def mount(self, files: dict[str, Path]) -> None:
        """Swap in a folder with the contents of `files`."""
        self._count += 1
        data = self.directory / f"..{self._count}"
        data.mkdir()
        for name, source in files.items():
            (data / name).write_bytes(source.read_bytes())
            link = self.directory / name
            if not link.is_symlink():
                link.symlink_to(f"..data/{name}")
        fresh = self.directory / "..data_tmp"
        fresh.symlink_to(data.name)
        fresh.replace(self.directory / "..data")


@pytest.fixture
def own(tmp_path: Path) -> Pki:
    """An infrastructure of the test's own."""
    return make_pki(tmp_path / "pki")


def mounted(pki: Pki, name: str) -> dict[str, Path]:
    cert, key, ca = pki.cert(name)
    return {"tls.crt": cert, "tls.key": key, "ca.crt": ca}


def renewed(directory: Path, side: int) -> RenewedContext:
    files = CertificateFiles("bus", directory / "tls.crt", directory / "tls.key", directory / "ca.crt")

    def build() -> ssl.SSLContext:
        context = ssl.SSLContext(side)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_cert_chain(directory / "tls.crt", directory / "tls.key")
        context.load_verify_locations(directory / "ca.crt")
        return context

    return RenewedContext(files, build)


def shake(client: ssl.SSLContext, server: ssl.SSLContext) -> bytes:
    """One handshake in memory; the certificate that the server showed. Raises ssl.SSLError."""
    there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
    asks, answers = client.wrap_bio(back, there), server.wrap_bio(there, back, server_side=True)
    done = {asks: False, answers: False}
    while not all(done.values()):
        for one in done:
            try:
                one.do_handshake()
                done[one] = True
            except ssl.SSLWantReadError:
                continue
    return asks.getpeercert(binary_form=True) or b""


def der(path: Path) -> bytes:
    return ssl.PEM_cert_to_DER_cert(path.read_text())


def test_handshakes_follow_a_swap_of_links(own: Pki, tmp_path: Path) -> None:
    box = Kubelet(tmp_path / "secret")
    box.mount(mounted(own, "nats_leaf"))
    client_box = Kubelet(tmp_path / "client")
    client_box.mount(mounted(own, "bus_ingest"))
    server, client = (
        renewed(box.directory, ssl.PROTOCOL_TLS_SERVER),
        renewed(client_box.directory, ssl.PROTOCOL_TLS_CLIENT),
    )
    before = der(own.cert("nats_leaf")[0])
    assert shake(client, server) == before
    own.issue("nats_leaf", "bus-room", spiffe("room", "nats"), "server")
    box.mount(mounted(own, "nats_leaf"))
    assert shake(client, server) == der(own.cert("nats_leaf")[0]) != before


def test_another_authority_is_believed_once_it_stands_in_the_file_and_the_old_one_no_longer(
    own: Pki, tmp_path: Path
) -> None:
    other = make_pki(tmp_path / "other")
    box, client_box = Kubelet(tmp_path / "secret"), Kubelet(tmp_path / "client")
    box.mount(mounted(own, "nats_leaf"))
    client_box.mount(mounted(own, "bus_ingest"))
    server, client = (
        renewed(box.directory, ssl.PROTOCOL_TLS_SERVER),
        renewed(client_box.directory, ssl.PROTOCOL_TLS_CLIENT),
    )
    shake(client, server)
    client_box.mount(mounted(other, "bus_ingest"))
    with pytest.raises(ssl.SSLCertVerificationError):
        shake(client, server)
    box.mount(mounted(other, "nats_leaf"))
    assert shake(client, server) == der(other.cert("nats_leaf")[0])


@pytest.mark.parametrize("broken", ["tls.key", "tls.crt", "ca.crt", "half"])
def test_half_of_a_pair_leaves_the_old_one_in_use_and_is_said(own: Pki, tmp_path: Path, broken: str) -> None:
    box, client_box = Kubelet(tmp_path / "secret"), Kubelet(tmp_path / "client")
    box.mount(mounted(own, "nats_leaf"))
    client_box.mount(mounted(own, "bus_ingest"))
    server, client = (
        renewed(box.directory, ssl.PROTOCOL_TLS_SERVER),
        renewed(client_box.directory, ssl.PROTOCOL_TLS_CLIENT),
    )
    metrics = Metrics()
    export(metrics, "ingest", server)
    before = der(own.cert("nats_leaf")[0])
    own.issue("nats_leaf", "bus-room", spiffe("room", "nats"), "server")
    whole = mounted(own, "nats_leaf")
    place = box.directory / ("tls.crt" if broken == "half" else broken)
    source = whole[place.name].read_bytes()
    damaged = source[: len(source) // 2] if broken != "tls.key" else source
    put(place, damaged)  # the key alone is whole, and does not match
    assert shake(client, server) == before
    assert b'veilward_ingest_certificate_refused{certificate="bus"} 1.0' in metrics.render()
    for name, path in whole.items():
        put(box.directory / name, path.read_bytes())
    assert shake(client, server) == der(own.cert("nats_leaf")[0])
    assert b'veilward_ingest_certificate_refused{certificate="bus"} 0.0' in metrics.render()


def test_prometheus_is_told_when_what_is_in_use_ends(own: Pki, tmp_path: Path) -> None:
    box = Kubelet(tmp_path / "secret")
    box.mount(mounted(own, "bus_ingest"))
    metrics = Metrics()
    export(metrics, "ingest", renewed(box.directory, ssl.PROTOCOL_TLS_CLIENT))

    def told(name: str) -> float | None:
        labels = {"certificate": name}
        return metrics.registry.get_sample_value("veilward_ingest_certificate_not_after_timestamp_seconds", labels)

    def end(name: str) -> float:
        found = x509.load_pem_x509_certificate((box.directory / name).read_bytes())
        return found.not_valid_after_utc.timestamp()

    assert (told("bus"), told("bus_authority")) == (end("tls.crt"), end("ca.crt"))
    own.issue("bus_ingest", "bus-room", spiffe("room", "ingest"), "client", datetime.now(UTC) + timedelta(hours=1))
    before = told("bus")
    box.mount(mounted(own, "bus_ingest"))
    assert told("bus") == end("tls.crt") != before


def test_a_connection_is_outlived_late_in_its_certificates_life_and_only_by_a_newer_one(
    own: Pki, tmp_path: Path
) -> None:
    box = Kubelet(tmp_path / "secret")
    box.mount(mounted(own, "bus_ingest"))
    context = renewed(box.directory, ssl.PROTOCOL_TLS_CLIENT)
    young = context.lease()
    old = datetime.now(UTC) - LIFE_USED * LIFETIME
    own.issue("bus_ingest", "bus-room", spiffe("room", "ingest"), "client", old)
    box.mount(mounted(own, "bus_ingest"))
    late = context.lease()
    assert not context.outlived(young)
    assert not context.outlived(late)
    own.issue("bus_ingest", "bus-room", spiffe("room", "ingest"), "client")
    box.mount(mounted(own, "bus_ingest"))
    assert context.outlived(late)
    assert not context.outlived(young)
    assert not context.outlived(context.lease())


def test_what_is_wrong_at_the_start_is_an_error(tmp_path: Path) -> None:
    files = CertificateFiles("web", tmp_path / "none.pem", tmp_path / "none.key")

    def build() -> ssl.SSLContext:
        raise UnusableFile(tmp_path / "none.pem", "no PEM")

    with pytest.raises(UnusableFile):
        RenewedContext(files, build)
