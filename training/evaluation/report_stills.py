"""The report's part about single pictures: levels, pain or none, how sure it is, and for whom it works."""

from __future__ import annotations

from typing import Any

from training.evaluation import plots
from training.evaluation.page import beside, figure, paragraph, section, table
from training.evaluation.words import between, from_level, number, percent


def levels_section(stills: dict[str, Any], names: list[str], kind: str = "level") -> str:
    """Each level (or class) by itself, and who is taken for whom."""
    rows = [
        (names[row["level"]], *(number(row[key]) for key in ("precision", "recall", "f1")), str(row["count"]))
        for row in stills["by_level"]
    ]
    rows += [
        (how, *(number(stills[how][key]) for key in ("precision", "recall", "f1")), str(stills["crops"]))
        for how in ("macro", "weighted")
    ]
    drawing = figure(
        plots.confusion(stills["confusion"], names, f"true {kind}"), f"Pictures by true and estimated {kind}."
    )
    numbers = table((kind, "precision", "recall", "F1", "pictures"), rows)
    note = paragraph(
        "Precision: of the pictures called so, the part that is. Recall: of those that are, the part called so.",
        "note",
    )
    return section(f"{kind.capitalize()} by {kind}", beside(drawing, numbers + note))


def pain_section(stills: dict[str, Any], names: list[str]) -> str:
    """Levels as a yes or no."""
    keys = ("sensitivity", "specificity", "positive_predictive_value", "negative_predictive_value")
    rows = [
        (from_level(names, row["level"]), *(percent(row[key]) for key in keys), number(row["auc"]))
        for row in stills["detection"]
    ]
    curves = [(from_level(names, int(least)), curve) for least, curve in stills["roc"].items()]
    one = ", ".join(f"{name} {number(auc)}" for name, auc in zip(names, stills["auc_one_vs_rest"], strict=True))
    return section(
        "Pain or no pain",
        beside(
            figure(plots.roc(curves), "The nearer to the upper left corner, the better; the diagonal is guessing."),
            table(("pain counts from", "sensitivity", "specificity", "PPV", "NPV", "AUC"), rows)
            + paragraph(f"AUC of each level against the rest: {one}.", "note")
            + paragraph("Predictive values hold only where pain is as frequent as in these pictures.", "note"),
        ),
    )


def calibration_section(stills: dict[str, Any]) -> str:
    """Whether its probabilities hold."""
    found = stills["calibration"]
    return section(
        "Does it know how sure it is?",
        beside(
            figure(
                plots.reliability(found["bins"]),
                "A disc for each range of confidence, larger for more pictures. On the diagonal, 80 % sure is 80 % "
                "right; above it, the network is better than it says.",
            ),
            paragraph(
                f"Expected calibration error {percent(found['ece'])}: so far, on average, is it from how sure it "
                f"says it is to how often it is right. The probabilities are {stills.get('output', 'softmax')} of the "
                "scores; they stay inside the secure computation, and no alert uses them."
            ),
        ),
    )


def people_section(stills: dict[str, Any]) -> str:
    """For whom it works: people, and groups of them."""
    spread = stills["people_spread"]
    worst = [
        (one["subject"], str(one["crops"]), percent(one["accuracy"]), number(one["mae"])) for one in spread["worst"]
    ]
    parts = [
        figure(
            plots.people(spread["everybody"]), "Part of each person's pictures with the true level; red: under 75 %."
        ),
        paragraph(f"Standard deviation between people: {percent(spread['standard_deviation'])}."),
        "<h3>Worst served</h3>",
        table(("person", "pictures", "accuracy", "MAE"), worst),
    ]
    if stills["groups"]:
        rows = [
            (row["kind"], row["group"], str(row["people"]), percent(row["accuracy"]),
             between(row["interval"], as_percent=True), percent(row["sensitivity"]), percent(row["specificity"]))
            for row in stills["groups"]
        ]  # fmt: skip
        head = ("kind", "group", "people", "accuracy", "95 % interval", "sensitivity", "specificity")
        parts += ["<h3>Groups</h3>", figure(plots.groups(stills["groups"]), "Accuracy with its interval (people)."),
                  table(head, rows, (1,))]  # fmt: skip
    if stills["groups_unknown"]:
        parts.append(paragraph(f"Not known of these people: {', '.join(stills['groups_unknown'])}.", "note"))
    return section("For whom it works", *parts)
