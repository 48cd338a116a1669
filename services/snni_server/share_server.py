"""The service as one of several share servers: a folder of ./run share-model, and a file that names the others."""

from __future__ import annotations

import ssl
from collections.abc import Callable

from services.runtime.errors import UnusableFile
from services.snni_server.settings import SnniServerSettings
from snni.errors import BundleError
from snni.multiparty.session.parties import Limits, Neighbours
from snni.multiparty.session.peers_file import read_peers
from snni.multiparty.session.server import ShareServer
from snni.multiparty.share_files import load_share
from snni.session.lifetime import Lifetime

Event = Callable[[str, str, int], None]


def make_share_server(
    settings: SnniServerSettings,
    context: ssl.SSLContext,
    dialling: ssl.SSLContext,
    event: Event,
    on_error: Callable[[str, Exception], None],
) -> ShareServer:
    """Load the shares; the others' file is read when a session needs it. Raises UnusableFile.

    context: by which it is asked; dialling: by which it asks the others. How many servers there are is in the share.
    """
    share, peers_file = settings.share, settings.peers_file
    if share is None or peers_file is None:
        raise ValueError("settings of another role")  # SnniServerSettings refuses them
    try:
        model = load_share(share)
    except BundleError as error:
        raise UnusableFile(share, str(error)) from None
    neighbours = Neighbours(lambda: read_peers(peers_file, model.setting), dialling, settings.client_ids)
    limits = Limits(
        max_sessions=settings.max_sessions,
        max_inferences_per_day=settings.max_inferences_per_day,
        lifetime=Lifetime(age_s=settings.session_max_age_s),
        max_images=settings.max_batch,
        max_prepared=settings.max_prepared,
    )
    return ShareServer(model, context, neighbours, event, limits, on_error)
