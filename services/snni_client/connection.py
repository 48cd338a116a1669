"""Whom the room asks, by the mode that is set: one edge of two parties, or three share servers. Never another."""

from __future__ import annotations

from collections.abc import Callable

from services.snni_client.settings import SnniClientSettings
from snni.errors import BundleError, PeerError
from snni.inference import InferenceSession
from snni.multiparty.roles import Role
from snni.multiparty.session.inference import ServersInference
from snni.multiparty.session.parties import Neighbours
from snni.multiparty.session.peers_file import read_peers
from snni.session.pool import Listener
from snni.session.tls import Endpoint, Identity
from snni.twoparty.session.client import Session, Target
from snni.twoparty.suite import suite_of

Connect = Callable[[Listener], InferenceSession]


def connection(settings: SnniClientSettings) -> Connect:
    """How a session is made. What it raises: PeerError, HandshakeError, WireError."""
    return {"two-party": _edge, "three-servers": _share_servers}[settings.mode](settings)


def _edge(settings: SnniClientSettings) -> Connect:
    target = Target(
        server=Endpoint(settings.edge_host, settings.edge_port, settings.edge_id),
        identity=Identity(settings.certificate, settings.key, settings.ca),
        plan_hash=settings.plan_hash,
        suite=suite_of(settings.ot, settings.gadget),
    )
    return lambda listener: Session.connect(target, listener)


def _share_servers(settings: SnniClientSettings) -> Connect:
    def peers() -> dict[Role, Endpoint]:
        try:
            return read_peers(settings.peers_file or settings.site_file)
        except BundleError as error:  # it may yet come
            raise PeerError(str(error)) from None

    identity = Identity(settings.certificate, settings.key, settings.ca)
    return lambda listener: ServersInference.connect(
        Neighbours(peers, identity, ""), settings.plan_hash or "", listener
    )
