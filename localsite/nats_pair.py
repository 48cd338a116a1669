"""A hub and a leaf that belong together, and connections to them with the identity of any service.

with start_pair(directory) as pair:                # certificates, hub and leaf
    async with pair.bus("ingest") as bus: ...      # streams are made when their owners connect
    raw = await pair.client("alerts")              # a plain NATS client with that identity's certificate
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from localsite.nats_server import NatsServer, start_hub, start_leaf
from localsite.pki import DEMO_DOMAIN, Pki, make_pki
from services.bus.connection import TlsClient, tls_context
from services.bus.identities import SERVICES, inbox
from services.bus.nats_bus import Bus, ensure_streams
from services.bus.nats_config import HubOptions, LeafOptions, leaf_config
from services.bus.settings import BusSettings
from services.runtime.metrics import Metrics

CONNECT_TIMEOUT_S = 60.0


@dataclass
class NatsPair:
    """Two running servers with one PKI. Killing and restarting keeps ports and state."""

    pki: Pki
    hub: NatsServer
    leaf: NatsServer
    hub_options: HubOptions | None = None
    leaf_options: LeafOptions | None = None
    generate_leaf: Callable[[LeafOptions], str] = leaf_config
    domain: str = DEMO_DOMAIN
    errors: dict[str, list[str]] = field(default_factory=dict)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def server_of(self, service: str) -> NatsServer:
        """The server that a service connects to: the leaf for those of the room, else the hub."""
        in_room = {one.service for one in SERVICES if one.account != "WARD"}
        return self.leaf if service in in_room else self.hub

    def connection(self, service: str, certificate: str | None = None) -> dict[str, object]:
        """The settings that tell a service its connection; `certificate` names another one of the PKI."""
        cert, key, ca = self.pki.cert(certificate or f"bus_{service}")
        return {"nats_url": self.server_of(service).url, "nats_ca": ca, "nats_cert": cert, "nats_key": key}

    def settings(self, service: str, certificate: str | None = None) -> BusSettings:
        """The same as an object."""
        return BusSettings(**self.connection(service, certificate))  # type: ignore[arg-type]

    @asynccontextmanager
    async def bus(self, service: str, *, streams: bool = True) -> AsyncIterator[Bus]:
        """A connected bus; the stream that the service owns exists afterwards."""
        settings = self.settings(service)
        one = await Bus.connect(settings, service, patience_s=CONNECT_TIMEOUT_S, metrics=Metrics())
        try:
            if streams:
                await ensure_streams(one, [self.domain])
            yield one
        finally:
            await one.close()

    async def provision(self) -> None:
        """Make OUT and WARD, and CROPS, as their owners do when they start."""
        for service in ("bridge", "snni_client", "alerts"):
            async with self.bus(service):
                continue

    async def client(self, service: str, certificate: str | None = None, url: str | None = None) -> TlsClient:
        """A plain client with a service's identity; what the server denies is collected in `errors[service]`."""
        settings = self.settings(service, certificate)
        denied = self.errors.setdefault(service, [])

        async def note(error: Exception) -> None:
            denied.append(str(error))

        one = TlsClient()
        await one.connect(
            url or settings.nats_url,
            tls=tls_context(settings),
            error_cb=note,
            inbox_prefix=inbox(service),
            allow_reconnect=False,
        )
        return one

    async def wait_joined(self) -> None:
        """Until the leaf is connected to the hub. Raises ProcessError."""

        def joined() -> bool | None:
            return True if self.hub.leafz().get("leafnodes") else None

        await asyncio.to_thread(self.hub.process.wait_for, "leaf", joined)

    def restart_hub(self) -> None:
        """Kill the hub if it still runs, and start it again on the same ports with the same state."""
        self.hub.kill()
        directory, ports = self.hub.config.parent, (self.hub.leafnode_port, self.hub.client_port)
        self.hub = start_hub(directory, self.pki, self.hub_options, *ports)

    def restart_leaf(self) -> None:
        """Kill the leaf if it still runs, and start it again on the same port with the same state."""
        self.leaf.kill()
        directory, port = self.leaf.config.parent, self.leaf.client_port
        self.leaf = start_leaf(directory, self.pki, self.hub, self.leaf_options, port, self.generate_leaf)

    def stop(self) -> None:
        """End both servers."""
        self.leaf.stop()
        self.hub.stop()


def start_pair(
    directory: Path,
    pki: Pki | None = None,
    hub_options: HubOptions | None = None,
    leaf_options: LeafOptions | None = None,
    generate_leaf: Callable[[LeafOptions], str] = leaf_config,
    *,
    hub_directory: Path | None = None,
    leaf_directory: Path | None = None,
) -> NatsPair:
    """A running hub and leaf, in folders of `directory` where none are given. Raises ProcessError."""
    chain = pki or make_pki(directory / "pki")
    hub = start_hub(hub_directory or directory / "hub", chain, hub_options)
    try:
        leaf = start_leaf(leaf_directory or directory / "leaf", chain, hub, leaf_options, generate=generate_leaf)
    except BaseException:
        hub.kill()
        raise
    return NatsPair(chain, hub, leaf, hub_options, leaf_options, generate_leaf)
