"""Keeping a session alive while nothing is asked of it, or while one part of it works long: servers end silent ones."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from snni.errors import SnniError
from snni.multiparty.session.client import AskingSession

ALIVE_S = 5.0


@contextmanager
def kept_alive(session: AskingSession) -> Iterator[None]:
    """By a thread, until the block ends or the session does, which then says why to who uses it."""
    closing = threading.Event()

    def tell() -> None:
        while not closing.wait(ALIVE_S) and not session.ended:
            with suppress(SnniError):
                session.keep_alive()

    threading.Thread(target=tell, name="snni-alive", daemon=True).start()
    try:
        yield
    finally:
        closing.set()
