"""The explanation as one HTML page: what it means in words, then the units, then the maps."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

from training.evaluation.page import banners, document, listed, paragraph, section, table
from training.evaluation.plots import Canvas
from training.evaluation.words import between, number, percent
from training.explain.maps import REGIONS

TOP_LEVEL = 3


def page(
    result: dict[str, Any],
    pictures: Sequence[tuple[str, str]],
    means: Sequence[tuple[str, str]],
    more: Sequence[str] = (),
) -> str:
    """HTML.

    Args:
        result: what explain.json holds.
        pictures: for each crop its <img> elements and a caption.
        means: <img> elements of mean maps and captions.
        more: cards that only some networks have.
    """
    parts = [section("In short", listed(_summary(result), "short"))]
    if result["units"]:
        parts.append(_units(result["units"]))
    parts += [_regions(result, means), _maps(result, pictures), *more]
    about = f"{result['network']}; {len(result['maps'])} crops, {result['crops']}."
    return document("What in a face moves the network's answer", about, banners(result["drawn"], "subject"), parts)


def _summary(result: dict[str, Any]) -> list[str]:
    lines = []
    if result["units"]:
        found = result["units"]["units"]
        moving = [unit["words"] for unit in found if unit["pain"] and unit["passed"]]
        deaf = [unit["words"] for unit in found if unit["pain"] and unit["passed"] is False]
        fooled = [unit["words"] for unit in found if not unit["pain"] and unit["passed"] is False]
        lines.append(
            f"Of the six movements that make the pain score, {len(moving)} raise the network's level as they must"
            + (f"; these do not: {'; '.join(deaf)}." if deaf else ".")
        )
        lines.append(
            f"It is fooled by what is not pain: {'; '.join(fooled)}."
            if fooled
            else "A smile, talk, pursed lips and half a blink leave it calm, as they must."
        )
    mean = result["regions"]["occlusion"]
    first, second = sorted(mean, key=lambda name: -mean[name])[:2]
    lines.append(
        f"Covering parts of the crop shows that it looks at {first} ({percent(mean[first], 0)} of what matters) and "
        f"{second} ({percent(mean[second], 0)}); {percent(mean[REGIONS[-1]], 0)} lies beside the face, where there is "
        "nothing about pain."
    )
    lines.append("A map shows what the network used, not that it was right to use it.")
    return lines


def _units(units: dict[str, Any]) -> str:
    rows = []
    for unit in units["units"]:
        for step in unit["steps"]:
            around = step["interval"]
            rows.append(
                (unit["words"] if step is unit["steps"][0] else "", f"{step['strength']:g}", str(step["true_level"]),
                 number(step["mean_level"], 2), number(step["change"], 2),
                 between(around, 2), percent(step["called_pain"], 0),
                 _verdict(unit) if step is unit["steps"][-1] else "")
            )  # fmt: skip
    head = (
        "movement alone",
        "strength",
        "true level",
        "mean level given",
        "change",
        "95 % interval",
        "called pain",
        "",
    )
    return section(
        "One movement at a time",
        paragraph(
            f"{units['people']} drawn people, each with a calm face and then with one movement at a time, all else "
            f"equal. Calm faces are called pain in {percent(units['calm']['called_pain'], 0)} of cases."
        ),
        "".join(
            f'<figure style="display:inline-block;margin:.3rem">{_curve(unit)}</figure>' for unit in units["units"]
        ),
        table(head, rows, (7,)),
        paragraph(
            "Strength: intensity 1 to 5 (A to E) of an action unit, 0 to 1 of the others (lips: -1 pursed, 1 pulled). "
            "Change: of the mean level under the network's probabilities, against the same person's calm face. A pain "
            f"unit passes when its strongest form raises it by {percent(units['must_move'], 0)} or more of the true "
            f"rise; anything else when it never moves it by more than {units['must_stay']:g}. A smile that also lifts "
            f"the cheeks contains AU6, which the PSPI counts as pain. Pictures in which no face was "
            f"found: {units['missed']}.",
            "note",
        ),
    )


def _verdict(unit: dict[str, Any]) -> str:
    if unit["passed"] is None:
        return "not measured"
    if unit["passed"]:
        return "✓ moves it" if unit["pain"] else "✓ leaves it calm"
    return "✗ moves it too little" if unit["pain"] else "✗ moves it, and must not"


def _curve(unit: dict[str, Any]) -> str:
    canvas = Canvas(206, 150, unit["words"], (26, 10, 30, 30))
    steps = [step for step in unit["steps"] if step["mean_level"] is not None]
    strengths = [step["strength"] for step in steps]
    low, high = min([0.0, *strengths]), max([1.0, *strengths])

    def x(strength: float) -> float:
        return float((strength - low) / (high - low))

    for level in range(TOP_LEVEL + 1):
        canvas.line([(0, level / TOP_LEVEL), (1, level / TOP_LEVEL)], "grid")
        canvas.text(0, level / TOP_LEVEL, str(level), "tick end", dx=-5, dy=4)
    canvas.line([(x(step["strength"]), step["true_level"] / TOP_LEVEL) for step in steps], "chance")
    canvas.line([(x(step["strength"]), step["mean_level"] / TOP_LEVEL) for step in steps], "curve c0")
    for step in steps:
        canvas.dot(x(step["strength"]), step["mean_level"] / TOP_LEVEL, 4, "disc")
        canvas.text(x(step["strength"]), 0, f"{step['strength']:g}", "tick middle", dy=14)
    canvas.text(0, 1, unit["words"], "", dx=-22, dy=-12)
    return canvas.svg()


def _regions(result: dict[str, Any], means: Sequence[tuple[str, str]]) -> str:
    rows = [
        (name, *(percent(result["regions"][kind][name], 0) for kind in ("occlusion", "grad_cam"))) for name in REGIONS
    ]
    pictures = "".join(
        f'<figure style="max-width:15rem">{image}<figcaption>{escape(words)}</figcaption></figure>'
        for image, words in means
    )
    return section(
        "Where it looks",
        f'<div class="beside">{pictures}<div>{table(("region", "by covering", "by Grad-CAM"), rows)}</div></div>',
        paragraph(
            "The part of all that speaks for pain, by region, over the crops that were answered with pain. Red: speaks "
            "for pain; blue: against it. Covering: a square of a sixteenth of the crop's side is smoothed away at a "
            "time (Zeiler and Fergus 2014); smoothing can also add something, such as a brow that ends too early. "
            "Grad-CAM: Selvaraju et al. 2017, on the last features; it is coarse and spills over edges. Both explain "
            "how far the scores lean to higher levels.",
            "note",
        ),
    )


def _maps(result: dict[str, Any], pictures: Sequence[tuple[str, str]]) -> str:
    blocks = "".join(
        f'<figure><div class="pair">{images}</div><figcaption>{escape(words)}</figcaption></figure>'
        for images, words in pictures
    )
    words = "Crop, covering, Grad-CAM. All maps of a kind have one scale, so a calm face's map is faint."
    if not result["faces_shown"]:
        words += " The faces themselves are left out: they may be of real people. --show-faces shows them."
    return section("Crop by crop", paragraph(words), f'<div class="pairs">{blocks}</div>')
