"""When composing convolutions pays: what it saves on a link and in work, against its multiplications.

Constants: what `./run bench snni` measured of SqueezeNet and ResNet50 on one core a party (bench/README.md), rounded.
"""

from __future__ import annotations

from typing import Literal

from snni.compile.compose import Composition, Judge

Compose = Literal["cheaper", "always", "never"]

FLIGHTS = 2
"""Of a rescale."""
FLIGHT_S = 2.5e-3
"""One way, over 5G as `./run bench snni` has it."""
VALUE_S = 0.3e-6
"""A value's rescale and its way through a convolution of its own, both phases, at that link's rate."""
MAC_S = 0.35e-9
"""A multiplication, once on ciphertexts ahead of the frame and once in plain integers."""


def cheaper(found: Composition) -> bool:
    """Whether a frame's seconds over that link, ahead and online together, are fewer."""
    return FLIGHTS * FLIGHT_S + found.spared * VALUE_S > found.more_macs * MAC_S


def always(_: Composition) -> bool:
    """Flights are what counts."""
    return True


def never(_: Composition) -> bool:
    """Each convolution stays a step of its own: training writes its weights back, and eight bits go further in two."""
    return False


JUDGES: dict[Compose, Judge] = {"cheaper": cheaper, "always": always, "never": never}
