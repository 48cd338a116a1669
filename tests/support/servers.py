"""Real servers for tests: a NATS hub with a leaf, and Redis, on free ports with throw-away state.

pair = start_pair(directory)            # PKI, hub and leaf; streams are made when their owners connect
async with pair.bus("ingest") as bus: ...
raw = await pair.client("alerts")       # a plain nats-py client with that identity's certificate
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from localsite.pki import DEMO_DOMAIN, Pki, make_pki
from localsite.servers import NatsServer, RedisServer, start_hub, start_leaf, start_redis
from services.bus.connection import TlsClient, tls_context
from services.bus.identities import SERVICES, inbox
from services.bus.nats_bus import Bus, ensure_streams
from services.bus.nats_config import HubOptions, LeafOptions, leaf_config
from services.runtime.metrics import Metrics
from services.runtime.settings import ServiceSettings

__all__ = ["NatsPair", "RedisServer", "eventually", "start_pair", "start_redis"]


async def eventually(probe: Callable[[], Awaitable[object]], timeout_s: float = 20.0) -> object:
    """The first truthy answer of `probe`; AssertionError when there is none in time."""
    end = time.monotonic() + timeout_s
    while True:
        found = await probe()
        if found:
            return found
        assert time.monotonic() < end, "the condition never came true"
        await asyncio.sleep(0.05)


@dataclass
class NatsPair:
    """A hub and a leaf with one PKI. Killing and restarting keeps ports and state."""

    directory: Path
    pki: Pki
    hub: NatsServer
    leaf: NatsServer
    hub_options: HubOptions | None = None
    leaf_options: LeafOptions | None = None
    generate_leaf: Callable[[LeafOptions], str] = leaf_config
    domain: str = DEMO_DOMAIN
    errors: dict[str, list[str]] = field(default_factory=dict)

    def server_of(self, service: str) -> NatsServer:
        """The server that a service connects to."""
        on_hub = {one.service for one in SERVICES if one.account == "WARD"} | {"intruder"}
        return self.hub if service in on_hub else self.leaf

    def settings(self, service: str, certificate: str | None = None) -> ServiceSettings:
        """The common settings of a service; `certificate` names another one of the PKI."""
        cert, key, ca = self.pki.cert(certificate or f"bus_{service}")
        url = self.server_of(service).url
        return ServiceSettings(nats_url=url, nats_ca=ca, nats_cert=cert, nats_key=key)

    def environment(self, service: str, prefix: str | None = None) -> dict[str, str]:
        """The variables that give a service process its connection: VEILWARD_<SERVICE>_NATS_*."""
        settings = self.settings(service)
        start = f"VEILWARD_{(prefix or service).upper()}_NATS_"
        found = {"URL": settings.nats_url, "CA": settings.nats_ca, "CERT": settings.nats_cert, "KEY": settings.nats_key}
        return {f"{start}{name}": str(value) for name, value in found.items()}

    @asynccontextmanager
    async def bus(self, service: str, *, streams: bool = True) -> AsyncIterator[Bus]:
        """A connected bus; the stream that the service owns exists afterwards."""
        one = await Bus.connect(self.settings(service), service, patience_s=10, metrics=Metrics())
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
        """Until the leaf is connected to the hub."""

        async def joined() -> bool:
            return bool(self.hub.leafz().get("leafnodes"))

        await eventually(joined)

    def restart_hub(self) -> None:
        """Kill the hub if it still runs, and start it again on the same ports with the same state."""
        self.hub.kill()
        self.hub = start_hub(
            self.directory / "hub", self.pki, self.hub_options, self.hub.leafnode_port, self.hub.client_port
        )

    def restart_leaf(self) -> None:
        """Kill the leaf if it still runs, and start it again on the same port with the same state."""
        self.leaf.kill()
        self.leaf = start_leaf(
            self.directory / "leaf", self.pki, self.hub, self.leaf_options, self.leaf.client_port, self.generate_leaf
        )

    def stop(self) -> None:
        """End both servers."""
        for server in (self.leaf, self.hub):
            with suppress(ProcessLookupError):
                server.kill()


def start_pair(
    directory: Path,
    pki: Pki | None = None,
    hub_options: HubOptions | None = None,
    leaf_options: LeafOptions | None = None,
    generate_leaf: Callable[[LeafOptions], str] = leaf_config,
) -> NatsPair:
    """A hub and a leaf in `directory`; the caller stops the pair."""
    chain = pki or make_pki(directory / "pki")
    hub = start_hub(directory / "hub", chain, hub_options)
    try:
        leaf = start_leaf(directory / "leaf", chain, hub, leaf_options, generate=generate_leaf)
    except BaseException:
        hub.kill()
        raise
    return NatsPair(directory, chain, hub, leaf, hub_options, leaf_options, generate_leaf)
