"""What a source hands to the pipeline: a decoded picture, and when it came."""

from __future__ import annotations

from dataclasses import dataclass, field

import av

Moment = tuple[float, float]
"""(media time, reception) of a picture, both as `DecodedFrame` has them."""


@dataclass(frozen=True)
class DecodedFrame:
    """A picture, handed over as soon as it is decoded; times are monotonic seconds of the service's clock.

    media_s: its media time in seconds, from any origin; None where the sender gives none.
    received: when its first packet came.
    complete: when its last one had come, at least `received`: since then it waited for its decoder.
    passed: the pictures since the one that was handed over before, which came as this one did, and are not needed.
    """

    picture: av.VideoFrame = field(repr=False)
    media_s: float | None
    received: float
    complete: float
    passed: tuple[Moment, ...] = ()
