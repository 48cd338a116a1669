"""The report on classes that have no order: nothing in it is about more or less."""

from __future__ import annotations

from typing import Any

from training.evaluation import plots
from training.evaluation.page import banners, card, document, figure, listed, paragraph, section, table
from training.evaluation.report_stills import calibration_section, levels_section
from training.evaluation.words import between, number, others, percent

HEADLINES = {"accuracy": "accuracy", "f1_macro": "F1, macro", "ece": "expected calibration error (ECE)"}


def class_page(result: dict[str, Any]) -> str:
    """HTML of what report.json holds of such classes."""
    stills, names = result["stills"], result["classes"]
    parts = [section("In short", listed(summary(result), "short")), _cards(result), _headlines(stills, names),
             levels_section(stills, names, "class"), calibration_section(stills), _people(stills)]  # fmt: skip
    if result["watch"]:
        parts.append(_videos(result["watch"]))
    about = f"{result['network']}, on {result['data']}. Licence of the pictures: {result['licence'] or 'not stated'}."
    return document(
        "How well a network tells classes apart", about, banners(result["drawn"], result["split_by"]), parts
    )


def summary(result: dict[str, Any]) -> list[str]:
    """Sentences, the most important first."""
    stills, heads = result["stills"], result["stills"]["headlines"]
    confusion = stills["confusion"]
    wrong = {(row, column): count for row, line in enumerate(confusion) for column, count in enumerate(line)
             if row != column and count}  # fmt: skip
    lines = [
        f"The network looked at {stills['crops']} pictures of {stills['people']} people and named one of "
        f"{len(result['classes'])} classes for each ({', '.join(result['classes'])}). It was right for "
        f"{percent(heads['accuracy']['value'])} of them ({others(heads['accuracy']['interval'])}); guessing would be "
        "right for "
        f"{percent(1 / len(result['classes']))}.",
    ]
    if wrong:
        true, said = max(wrong, key=lambda pair: wrong[pair])
        lines.append(f"Its most frequent mistake: {result['classes'][true]} taken for {result['classes'][said]}, "
                     f"{wrong[true, said]} times.")  # fmt: skip
    lines.append("What this cannot say: anything about pain. These classes were learned on the way to it.")
    return lines


def _cards(result: dict[str, Any]) -> str:
    heads = result["stills"]["headlines"]
    found = [card(percent(heads["accuracy"]["value"]), "of pictures given their true class"),
             card(number(heads["f1_macro"]["value"]), "F1, mean over classes")]  # fmt: skip
    if result["watch"]:
        videos = result["watch"]["sequences"]
        found.append(card(percent(videos["ppvc"]["accuracy"]), "of videos, by PPVC's label aggregation"))
    return f'<div class="cards">{"".join(found)}</div>'


def _headlines(stills: dict[str, Any], names: list[str]) -> str:
    rows = [
        (words, number(stills["headlines"][name]["value"]), between(stills["headlines"][name]["interval"]))
        for name, words in HEADLINES.items()
    ]
    one = ", ".join(f"{name} {number(auc)}" for name, auc in zip(names, stills["auc_one_vs_rest"], strict=True))
    return section("The numbers", table(("measure", "value", "95 % interval"), rows),
                   paragraph(f"AUC of each class against the rest: {one}.", "note"))  # fmt: skip


def _people(stills: dict[str, Any]) -> str:
    spread = stills["people_spread"]
    worst = [(one["subject"], str(one["crops"]), percent(one["accuracy"])) for one in spread["worst"]]
    parts = [
        figure(
            plots.people(spread["everybody"]), "Part of each person's pictures with the true class; red: under 75 %."
        ),
        "<h3>Worst served</h3>",
        table(("person", "pictures", "accuracy"), worst),
    ]
    if stills["groups"]:
        rows = [(row["kind"], row["group"], str(row["people"]), percent(row["accuracy"]),
                 between(row["interval"], as_percent=True)) for row in stills["groups"]]  # fmt: skip
        parts += ["<h3>Groups</h3>", figure(plots.groups(stills["groups"]), "Accuracy with its interval (people)."),
                  table(("kind", "group", "people", "accuracy", "95 % interval"), rows, (1,))]  # fmt: skip
    if stills["groups_unknown"]:
        parts.append(paragraph(f"Not known of these people: {', '.join(stills['groups_unknown'])}.", "note"))
    return section("For whom it works", *parts)


def _videos(watch: dict[str, Any]) -> str:
    measured = watch["sequences"]
    rows = [(words, *(number(measured[how][key]) for key in ("accuracy", "f1_macro")))
            for how, words in (("averaging", "averaging"), ("ppvc", "PPVC's label aggregation"))]  # fmt: skip
    return section(
        "Whole videos",
        paragraph(f"{measured['count']} videos, {watch['crops']} pictures: {watch['note']}."),
        table(("one class by", "accuracy", "F1, macro"), rows),
        paragraph(
            "Averaging: the mean of the probabilities. PPVC (Pentyala, Dowsley, De Cock, ICML 2021): each picture's "
            "scores become ReLU(u) / sum of ReLU(u), these are added up over the pictures, and the class with the "
            "largest sum is taken.",
            "note",
        ),
    )
