"""Whom the room asks, by the mode that is set: one edge of two parties, or three or four share servers. Never
another."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from services.runtime.certificates import CertificateFiles, RenewedContext
from services.runtime.errors import UnusableFile
from services.snni_client.clip_edge import ClipEdge
from services.snni_client.clip_parties import ClipParties
from services.snni_client.clip_servers import ClipServers
from services.snni_client.settings import SnniClientSettings
from snni.errors import BundleError, PeerError
from snni.inference import InferenceSession
from snni.multiparty.roles import Role, Setting
from snni.multiparty.session.client import AskingSession
from snni.multiparty.session.inference import ServersInference
from snni.multiparty.session.parties import Neighbours
from snni.multiparty.session.peers_file import read_peers
from snni.session.pool import Listener
from snni.session.tls import Endpoint, Identity, client_context
from snni.twoparty.session.client import Session, Target
from snni.twoparty.suite import suite_of
from snni.twoparty.threads import use_threads

Connect = Callable[[Listener], InferenceSession]


def edge_context(settings: SnniClientSettings) -> RenewedContext:
    """How the room shows itself, renewed with its files. Raises UnusableFile: one cannot be loaded."""

    def build() -> ssl.SSLContext:
        try:
            return client_context(Identity(settings.certificate, settings.key, settings.ca))
        except OSError as error:
            reason = f"no PEM with its key and authority: {type(error).__name__}"
            raise UnusableFile(settings.certificate, reason) from None

    return RenewedContext(CertificateFiles("snni", settings.certificate, settings.key, settings.ca), build)


def connection(settings: SnniClientSettings, context: ssl.SSLContext) -> Connect:
    """How a session is made. What it raises: PeerError, HandshakeError, WireError."""
    use_threads(settings.threads)
    if settings.setting is None:
        return _edge(settings, context)
    return _share_servers(settings, context, settings.setting)


def clip_parties(settings: SnniClientSettings, context: ssl.SSLContext) -> ClipParties[Any]:
    """Who classifies clips. What their sessions raise when made: PeerError, HandshakeError, WireError."""
    setting = settings.setting
    if setting is None:
        target = replace(_target(settings, context), video=True)
        return ClipEdge(lambda: Session.connect(target, _unheard))
    servers = Neighbours(_peers(settings, setting), context, "")
    return ClipServers(lambda: AskingSession.connect(servers, settings.plan_hash, setting=setting))


def _unheard(event: str, number: int) -> None:
    """A clip's events are told by who wants the clip."""


def _target(settings: SnniClientSettings, context: ssl.SSLContext) -> Target:
    return Target(
        server=Endpoint(settings.edge_host, settings.edge_port, settings.edge_id),
        context=context,
        plan_hash=settings.plan_hash,
        suite=suite_of(settings.ot, settings.comparison, settings.link),
    )


def _edge(settings: SnniClientSettings, context: ssl.SSLContext) -> Connect:
    target = _target(settings, context)
    return lambda listener: Session.connect(target, listener)


def _share_servers(settings: SnniClientSettings, context: ssl.SSLContext, setting: Setting) -> Connect:
    servers = Neighbours(_peers(settings, setting), context, "")
    return lambda listener: ServersInference.connect(servers, settings.plan_hash, listener, setting)


def _peers(settings: SnniClientSettings, setting: Setting) -> Callable[[], dict[Role, Endpoint]]:
    def peers() -> dict[Role, Endpoint]:
        try:
            return read_peers(settings.peers_file or settings.site_file, setting)
        except BundleError as error:  # it may yet come
            raise PeerError(str(error)) from None

    return peers
