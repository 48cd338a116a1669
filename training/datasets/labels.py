"""What labels say, by kind; and the classes that networks are trained for, each with the mapping from labels to it.

SecFePAS: Batool, Anwar, Mann, SEC 2024. Hosseini et al., 2022: seven levels of the PSPI. PSPI: Prkachin and Solomon,
Pain 139(2), 2008. FER+: Barsoum et al., ICMI 2016.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

TOP_PSPI = 16
UNLABELLED = "unlabelled"
"""The kind of label, and the scheme, of pictures of which nobody said what they show."""
HEAT = ("BL1", "PA1", "PA2", "PA3", "PA4")
EMOTIONS = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral", "contempt", "calm")
VALUES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "pspi": tuple(str(value) for value in range(TOP_PSPI + 1)),
        "level4": ("0", "1", "2", "3"),
        "emotion": EMOTIONS,
        "heat": HEAT,
        "pain2": ("0", "1"),
        UNLABELLED: ("",),
    }
)
"""Kind of label to its values, as written in manifests: the PSPI of a frame; a level 0..3; the emotion that is shown;
BioVid's stimulus (baseline, then four strengths of heat); pain or none; nothing."""


@dataclass(frozen=True)
class Scheme:
    """Classes of a network.

    Attributes:
        name: what `--classes` takes.
        about: where it comes from.
        kind: of the labels it maps.
        classes: their names, in order.
        mapping: label to class, 0..len(classes) - 1; a label that is not in it is left out of training.
    """

    name: str
    about: str
    kind: str
    classes: tuple[str, ...]
    mapping: Mapping[str, int]

    def class_of(self, label: str) -> int | None:
        """The class of a label of this scheme's kind, or None."""
        return self.mapping.get(label)


def _ranges(*bounds: tuple[int, int]) -> Mapping[str, int]:
    return MappingProxyType(
        {str(value): index for index, (low, high) in enumerate(bounds) for value in range(low, high + 1)}
    )


def _order(*values: str) -> Mapping[str, int]:
    return MappingProxyType({value: index for index, value in enumerate(values)})


SCHEMES: Mapping[str, Scheme] = MappingProxyType(
    {
        scheme.name: scheme
        for scheme in (
            Scheme("pspi4", "four levels of SecFePAS", "pspi", ("0", "1", "2", "3+"),
                   _ranges((0, 0), (1, 1), (2, 2), (3, TOP_PSPI))),
            Scheme("pspi7", "seven levels of Hosseini et al.; 16 counts with 13-15", "pspi",
                   ("0", "1-2", "3-4", "5-6", "7-9", "10-12", "13-15"),
                   _ranges((0, 0), (1, 2), (3, 4), (5, 6), (7, 9), (10, 12), (13, TOP_PSPI))),
            Scheme("level4", "levels as labelled", "level4", ("0", "1", "2", "3"), _order(*VALUES["level4"])),
            Scheme("emotion7", "seven emotions; calm and contempt are left out", "emotion", EMOTIONS[:7],
                   _order(*EMOTIONS[:7])),
            Scheme("emotion8", "eight emotions of FER+", "emotion", EMOTIONS[:8], _order(*EMOTIONS[:8])),
            Scheme("heat5", "BioVid's stimuli: what was applied, not what a face shows", "heat", HEAT, _order(*HEAT)),
            Scheme("heat2", "baseline against the strongest heat", "heat", ("BL1", "PA4"), _order("BL1", "PA4")),
            Scheme("heat4", "stimuli as levels 0..3: BL1; PA1 and PA2; PA3; PA4", "heat", ("0", "1", "2", "3"),
                   MappingProxyType({"BL1": 0, "PA1": 1, "PA2": 1, "PA3": 2, "PA4": 3})),
            Scheme("pain2", "no pain, pain", "pain2", ("no pain", "pain"), _order("0", "1")),
            Scheme(UNLABELLED, "nothing: for `./run train adapt` alone", UNLABELLED, ("any",), _order("")),
        )
    }
)  # fmt: skip

DEFAULT_SCHEME: Mapping[str, str] = MappingProxyType(
    {
        "pspi": "pspi4",
        "level4": "level4",
        "emotion": "emotion7",
        "heat": "heat5",
        "pain2": "pain2",
        UNLABELLED: UNLABELLED,
    }
)
"""Kind of label to the scheme that is meant where none is named."""
