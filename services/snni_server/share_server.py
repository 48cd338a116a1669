"""The service as one of three share servers: a folder of ./run share-model, and a file that names the other two."""

from __future__ import annotations

from collections.abc import Callable

from services.runtime.errors import UnusableFile
from services.snni_server.settings import SnniServerSettings
from snni.errors import BundleError
from snni.multiparty.session.parties import Limits, Neighbours
from snni.multiparty.session.peers_file import read_peers
from snni.multiparty.session.server import ShareServer
from snni.multiparty.share_files import load_share
from snni.session.tls import Identity, server_context

Event = Callable[[str, str, int], None]


def make_share_server(
    settings: SnniServerSettings, event: Event, on_error: Callable[[str, Exception], None]
) -> ShareServer:
    """Load shares and certificates; the others' file is read when a session needs it. Raises UnusableFile."""
    share, peers_file = settings.share, settings.peers_file
    dial_certificate, dial_key = settings.dial_certificate, settings.dial_key
    if share is None or peers_file is None or dial_certificate is None or dial_key is None:
        raise ValueError("settings of another role")  # SnniServerSettings refuses them
    try:
        model = load_share(share)
    except BundleError as error:
        raise UnusableFile(share, str(error)) from None
    try:
        context = server_context(Identity(settings.certificate, settings.key, settings.ca))
        dialled = Identity(dial_certificate, dial_key, settings.ca)
        neighbours = Neighbours(lambda: read_peers(peers_file), dialled, settings.client_ids)
    except OSError as error:
        raise UnusableFile(settings.certificate, f"no PEM with its key and authority: {type(error).__name__}") from None
    limits = Limits(
        max_sessions=settings.max_sessions, max_images=settings.max_batch, max_prepared=settings.max_prepared
    )
    return ShareServer(model, context, neighbours, event, limits, on_error)
