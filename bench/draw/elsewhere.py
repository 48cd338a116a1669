"""What others' engines took, as published or as measured with them earlier: to stand beside ours, never as ours."""

from __future__ import annotations

from dataclasses import dataclass

PAPER = "published, 4 threads"
EARLIER = "measured earlier, one 2-core machine"


@dataclass(frozen=True)
class Figure:
    """One inference, everything included. traffic: as its source writes it; empty where not known."""

    system: str
    network: str
    seconds: float
    traffic: str
    source: str


FIGURES = (
    Figure("SecFePAS with Cheetah", "the smaller of its two", 19.21, "0.58 GB", PAPER),
    Figure("SecFePAS with Cheetah", "the larger of its two", 63.6, "1.8 GB", PAPER),
    Figure("OpenCheetah (2025), approximate ReLU", "SqueezeNet", 39.6, "426 MiB", EARLIER),
    Figure("OpenCheetah (2025), exact ReLU", "SqueezeNet", 56.4, "482 MiB", EARLIER),
    Figure("SCI_HE", "SqueezeNet", 118, "6.1 GB", EARLIER),
    Figure("SPU 0.9.5, Cheetah", "SqueezeNet", 117, "616 MB", EARLIER),
    Figure("OpenCheetah (2025), approximate ReLU", "ResNet50", 158, "1,815 MiB", EARLIER),
    Figure("OpenCheetah (2025), exact ReLU", "ResNet50", 199.6, "2,060 MiB", EARLIER),
    Figure("SPU 0.9.5, Cheetah", "ResNet50", 492, "", EARLIER),
    Figure("SPU 0.9.5, Cheetah", "ConvNet 48x48", 8.2, "29 MB", EARLIER),
    Figure("MP-SPDZ, semi2k", "ConvNet 48x48", 229, "61 GB", EARLIER),
)
