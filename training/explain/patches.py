"""The part of a report that only a vision transformer has: its heads' attention and its patches as colours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from training.evaluation.page import paragraph, section, table
from training.evaluation.words import percent
from training.explain import picture
from training.explain.maps import REGIONS, Map, Pixels, by_region
from training.explain.picture import SHOWN_PX, Rgb
from training.explain.transformer import Components, attention_maps, components
from training.networks.dinov2 import Dinov2

SMALL_PX = 112


@dataclass(frozen=True)
class AttentionMaps:
    """heads: for each crop, each head's map. parts: of the patches."""

    heads: list[list[Map]]
    parts: Components

    @classmethod
    def of(cls, network: Dinov2, pixels: Sequence[Pixels]) -> AttentionMaps:
        """Of uint8 [3, H, W] each."""
        return cls([attention_maps(network, one) for one in pixels], components(network, pixels))

    def as_json(self) -> dict[str, Any]:
        """For explain.json: where each head looks on average, by region, and what the colours explain."""
        means = np.mean([np.stack(maps) for maps in self.heads], axis=0)
        return {
            "heads": [by_region(one) for one in means],
            "components_explain": list(self.parts.explained),
        }


def save(out: Path, looks: AttentionMaps, faces: Sequence[Rgb]) -> list[Rgb]:
    """attention-NN.png for each crop: the face, each head's look, the patches' colours. Returns the pictures."""
    strips = []
    for index, (face, maps, colours) in enumerate(zip(faces, looks.heads, looks.parts.pictures, strict=True)):
        top = max(1e-12, max(float(one.max()) for one in maps))
        images = [face, *(picture.overlay(face, one, top) for one in maps), _enlarged(colours)]
        strip = np.concatenate([_small(image) for image in images], axis=1)
        (out / f"attention-{index:02}.png").write_bytes(picture.png(strip))
        strips.append(strip)
    return strips


def part(looks: dict[str, Any], strips: Sequence[Rgb], names: Sequence[str]) -> str:
    """HTML: a card for the report. looks: AttentionMaps.as_json()."""
    rows = [
        (f"head {number}", *(percent(head[name], 0) for name in REGIONS))
        for number, head in enumerate(looks["heads"], 1)
    ]
    figures = "".join(
        f'<figure><div class="scroll">{picture.inline(strip, f"where each head looks, {name}")}</div>'
        f"<figcaption>{escape(name)}</figcaption></figure>"
        for strip, name in zip(strips, names, strict=True)
    )
    colours = " + ".join(percent(one, 0) for one in looks["components_explain"])
    return section(
        "What the transformer sees",
        table(("where [CLS] looks", *REGIONS), rows),
        paragraph(
            "Crop; where [CLS] looks in the last layer, head by head (Caron et al. 2021), the strongest look in full "
            "red; last, the patches' features as colours: patches of like colour are alike to the network (Oquab et "
            f"al. 2023). The three components hold {colours} of the variance. Attention says where a network looks, "
            "not that it speaks for pain; the maps above say that.",
            "note",
        ),
        figures,
    )


def _small(image: Rgb) -> Rgb:
    return np.asarray(cv2.resize(image, (SMALL_PX, SMALL_PX), interpolation=cv2.INTER_AREA), np.uint8)


def _enlarged(colours: Rgb) -> Rgb:
    return np.asarray(cv2.resize(colours, (SHOWN_PX, SHOWN_PX), interpolation=cv2.INTER_NEAREST), np.uint8)
