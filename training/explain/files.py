"""What an explanation leaves in its folder: the page, the figures, and a picture of each map."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.explain import picture
from training.explain.maps import Map, Pixels
from training.explain.patches import AttentionMaps, part, save
from training.explain.report import page
from training.explain.samples import Samples


def write(
    out: Path,
    result: dict[str, Any],
    samples: Samples,
    pixels: Sequence[Pixels],
    covered: list[Map],
    cams: list[Map],
    looks: AttentionMaps | None = None,
) -> None:
    """explain.json, explain.html and the PNGs; looks: of a transformer."""
    out.mkdir(parents=True, exist_ok=True)
    tops = [max(1e-9, float(np.abs(np.stack(maps)).max())) for maps in (covered, cams)]
    pictures = []
    for index, (one, hides, cam) in enumerate(zip(pixels, covered, cams, strict=True)):
        face = picture.as_rgb(one) if result["faces_shown"] else picture.hidden()
        images = [face, picture.overlay(face, hides, tops[0], blocks=True), picture.overlay(face, cam, tops[1])]
        (out / f"map-{index:02}.png").write_bytes(picture.png(np.concatenate(images, axis=1)))
        name = f"{samples.names[index]}; answered level {result['maps'][index]['estimated']}"
        words = (f"crop of {name}", f"what covering changes, {name}", f"Grad-CAM, {name}")
        tags = "".join(picture.inline(image, text) for image, text in zip(images, words, strict=True))
        pictures.append((tags, name))
    whole = np.mean([picture.as_rgb(one) for one in pixels], axis=0).round().astype(np.uint8)
    face = whole if result["faces_shown"] else picture.hidden()
    means = []
    for kind, maps in (("covering", covered), ("Grad-CAM", cams)):
        mean = mean_map(maps, np.array([one["estimated"] > 0 for one in result["maps"]]))
        image = picture.overlay(face, mean, max(1e-9, float(np.abs(mean).max())))
        (out / f"mean-{kind.lower()}.png").write_bytes(picture.png(image))
        means.append(
            (
                picture.inline(image, f"mean map by {kind}"),
                f"{kind}: mean where pain was answered",
            )
        )
    more = []
    if looks is not None:
        faces = [picture.as_rgb(one) if result["faces_shown"] else picture.hidden() for one in pixels]
        more.append(part(result["transformer"], save(out, looks, faces), samples.names))
    (out / "explain.json").write_text(json.dumps(result, indent=1) + "\n")
    (out / "explain.html").write_text(page(result, pictures, means, more))


def mean_map(maps: Sequence[Map], painful: NDArray[np.bool_]) -> Map:
    """Of those answered with pain, or of all where none was."""
    chosen = [one for one, kept in zip(maps, painful, strict=True) if kept or not painful.any()]
    return np.asarray(np.mean(chosen, axis=0), np.float64)
