"""Known pictures among the crops: which inference is one, and what its answer says of the edge.

A picture takes a crop's place: it is scored at the moment and by the way of that crop, which is then not scored. So
nothing that the edge sees before its answer tells one from the other. Its level is compared here and goes nowhere.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.runtime.errors import UnusableFile
from services.runtime.logging import get_logger, log_event
from services.snni_client.metrics import SnniClientMetrics
from services.snni_client.settings import SnniClientSettings
from services.snni_client.suspicion import Suspicion
from snni.errors import BundleError, ParameterError
from snni.model.known_pictures import KnownPictures

_log = get_logger("snni_client")


@dataclass(frozen=True)
class KnownPicture:
    """pixels: uint8 [C, H, W]."""

    pixels: NDArray[np.uint8]
    level: int


class Probe:
    """draw(n): a number below n that nobody can foretell."""

    def __init__(
        self,
        known: KnownPictures,
        every: int,
        metrics: SnniClientMetrics,
        draw: Callable[[int], int] = secrets.randbelow,
    ) -> None:
        """Raises ParameterError: rounding alone makes too many answers wrong."""
        self._known = known
        self._every = every
        self._metrics = metrics
        self._draw = draw
        self._suspicion = Suspicion(known.wrong_rate)

    @property
    def shape(self) -> tuple[int, ...]:
        """[C, H, W] of its pictures."""
        return self._known.pictures.shape[1:]

    def drawn(self) -> KnownPicture | None:
        """The picture that takes the place of the crop in hand; mostly none. Drawn anew each time."""
        if self._draw(self._every):
            return None
        at = self._draw(len(self._known))
        return KnownPicture(self._known.pictures[at], int(self._known.levels[at]))

    def answered(self, picture: KnownPicture, level: int) -> bool:
        """Whether the edge is still to be believed, this answer included."""
        right = level == picture.level
        self._suspicion.answered(right)
        self._metrics.known.labels("right" if right else "wrong").inc()
        self._metrics.suspicion.set(self._suspicion.bits)
        if not right:
            log_event(_log, "known_picture_wrong", logging.WARNING, bits=round(self._suspicion.bits, 1))
        return not self._suspicion.alarmed


def probe_of(settings: SnniClientSettings, metrics: SnniClientMetrics) -> Probe | None:
    """As the settings say; None where they name no pictures. Raises UnusableFile: of another plan, or of no use."""
    path = settings.known_pictures
    if path is None:
        return None
    try:
        known = KnownPictures.load(path)
        if known.plan_hash != settings.plan_hash:
            raise UnusableFile(path, f"made for the plan {known.plan_hash[:16]}, pinned is {settings.plan_hash[:16]}")
        return Probe(known, settings.known_every, metrics)
    except (BundleError, ParameterError) as error:
        raise UnusableFile(path, str(error)) from None
