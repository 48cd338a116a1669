"""A WHIP client's offer: what of it cannot be received is an answer to the client."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from services.ingest.sources.webrtc.errors import MalformedDescription, UnservedDescription
from services.ingest.sources.webrtc.sending import Sending, check_sending
from services.ingest.sources.whip.errors import MalformedBody, Unacceptable


def check_offer(text: str) -> Sending:
    """Read and check an offer.

    Raises:
        MalformedBody: not a session description.
        Unacceptable: a session description that this server does not serve.
    """
    with told_to_the_client():
        return check_sending(text)


@contextlib.contextmanager
def told_to_the_client() -> Iterator[None]:
    """What is wrong with a description, as an answer. Raises MalformedBody, Unacceptable."""
    try:
        yield
    except MalformedDescription as error:
        raise MalformedBody(str(error)) from None
    except UnservedDescription as error:
        raise Unacceptable(str(error)) from None
