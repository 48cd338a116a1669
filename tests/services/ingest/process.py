"""The real ingest process, for tests that speak to it over HTTPS and WebRTC."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from localsite.nats_pair import NatsPair
from localsite.service import Service
from localsite.site_file import write_site

SITE = "test-site"


class IngestProcess(Service):
    """An ingest that any number of offers may reach. tokens: by camera; ca: what verifies its certificate."""

    def __init__(
        self,
        directory: Path,
        pair: NatsPair,
        cameras: tuple[str, ...],
        entries: Mapping[str, Mapping[str, object]] | None = None,
        **settings: object,
    ) -> None:
        """entries: what the cameras' entries in the site file have beside names and tokens."""
        site_file = directory / "site.yaml"
        self.tokens = write_site(site_file, cameras, SITE, more=entries)
        self.cert, key, self.ca = pair.pki.cert("ingest_web")
        self._free = list(cameras)
        common = pair.connection("ingest") | {"site_file": site_file, "tls_cert": self.cert, "tls_key": key}
        common["process_without_consent"] = "consent_keys" not in settings
        super().__init__("ingest", common | {"posts_burst": 10_000, "posts_per_s": 1000} | settings, directory)

    @property
    def origin(self) -> str:
        """Where it listens for WHIP."""
        return f"https://localhost:{self.ports()['whip']}"

    def url(self, camera: str) -> str:
        """The endpoint of a camera."""
        return f"{self.origin}/whip/{camera}"

    def fresh_camera(self) -> str:
        """A camera that no other test uses."""
        return self._free.pop()

    def bearer(self, camera: str) -> dict[str, str]:
        """The Authorization header of a camera."""
        return {"Authorization": f"Bearer {self.tokens[camera]}"}


def counted(process: IngestProcess, name: str, labels: str) -> float:
    """A counter of the process."""
    lines = [line for line in process.metrics().splitlines() if line.startswith(f"veilward_ingest_{name}{{{labels}}}")]
    return float(lines[0].rsplit(" ", 1)[1]) if lines else 0.0
