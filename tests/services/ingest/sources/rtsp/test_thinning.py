"""Which packets are decoded."""

from __future__ import annotations

from collections.abc import Iterator

from services.ingest.sources.rtsp.thinning import Thinning

FPS = 15


def stream(seconds: float, key_every: int, start: float = 0.0) -> Iterator[tuple[float, bool]]:
    """(arrival, key) of a camera's packets."""
    for number in range(int(seconds * FPS)):
        yield start + number / FPS, number % key_every == 0


def wanted(thinning: Thinning, packets: Iterator[tuple[float, bool]]) -> list[tuple[float, bool]]:
    return [(at, key) for at, key in packets if thinning.wanted(at, key=key)]


def test_frequent_key_pictures_do_alone() -> None:
    found = wanted(Thinning(1.0), stream(20, FPS))
    assert all(key for at, key in found if at > 3.0)
    assert sum(key for _, key in found) == 20


def test_rare_key_pictures_do_not() -> None:
    assert len(wanted(Thinning(1.0), stream(20, 2 * FPS))) == 20 * FPS


def test_when_key_pictures_become_rare_the_rest_is_decoded_again_from_a_key_picture_on() -> None:
    thinning = Thinning(1.0)
    wanted(thinning, stream(10, FPS))
    found = wanted(thinning, stream(20, 4 * FPS, start=10.0))
    resumed = next(at for at, key in found if not key)
    assert resumed == 14.0 + 1 / FPS, "right behind the first key picture that was late"
    assert len([at for at, _ in found if at >= 14.0]) == 16 * FPS


def test_a_picture_whose_forerunner_was_left_out_is_never_decoded() -> None:
    thinning = Thinning(0.5)
    whole = True
    for key_every in (7, 30, 5, 60, 6):
        for at, key in stream(12, key_every):
            taken = thinning.wanted(at, key=key)
            assert not taken or key or whole
            whole = taken and (key or whole)
