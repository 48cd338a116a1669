"""What every source that asks its cameras is told of asking."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PullingOptions:
    """Durations in seconds, above 0.

    connect_s: for asking a camera, and again for what comes of it; see the source's own. silence_s: without a packet,
    and without a picture, before the session ends. retry_first_s, retry_limit_s: pauses between attempts; see
    `backoff`. refused_s: the pause after a refused secret, which ends early with another one: cameras lock who tries
    too often.
    """

    connect_s: float = 10.0
    silence_s: float = 10.0
    retry_first_s: float = 1.0
    retry_limit_s: float = 30.0
    refused_s: float = 300.0
