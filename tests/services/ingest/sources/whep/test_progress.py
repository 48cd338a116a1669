"""When a session comes to nothing any more."""

from __future__ import annotations

import pytest

from services.ingest.sources.pulling.errors import Silent, Undecodable
from services.ingest.sources.whep.progress import Progress


def test_packets_and_pictures_keep_it() -> None:
    progress = Progress(10.0, 0.0)
    for second in range(40):
        progress.look(float(second), second, second // 5, may=True)


def test_no_packet_is_silence() -> None:
    progress = Progress(10.0, 0.0)
    progress.look(5.0, 1, 1, may=True)
    progress.look(15.0, 1, 1, may=True)
    with pytest.raises(Silent):
        progress.look(15.1, 1, 1, may=True)


def test_packets_without_a_picture_cannot_be_decoded() -> None:
    progress = Progress(10.0, 0.0)
    progress.look(10.0, 10, 0, may=True)
    with pytest.raises(Undecodable):
        progress.look(10.1, 11, 0, may=True)


def test_what_may_not_be_decoded_is_not_missed() -> None:
    progress = Progress(10.0, 0.0)
    for second in range(40):
        progress.look(float(second), second, 0, may=False)
    progress.look(49.0, 50, 0, may=True)
    with pytest.raises(Undecodable):
        progress.look(50.0, 51, 0, may=True)
