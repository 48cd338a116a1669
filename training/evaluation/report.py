"""report.html: first what it means, in words, then the numbers, each with how it was come by."""

from __future__ import annotations

from typing import Any

from training.evaluation import plots
from training.evaluation.page import banners, beside, card, document, figure, listed, paragraph, section, table
from training.evaluation.report_days import days_section
from training.evaluation.report_stills import calibration_section, levels_section, pain_section, people_section
from training.evaluation.report_watch import watched
from training.evaluation.words import between, level_names, number, percent, summary

HEADLINES = {
    "accuracy": "accuracy",
    "within_one": "within one level",
    "f1_macro": "F1, macro",
    "mae": "mean absolute error, levels (MAE)",
    "mse": "mean squared error, levels² (MSE)",
    "pcc": "Pearson's correlation (PCC)",
    "icc31": "ICC(3,1), consistency",
    "icc21": "ICC(2,1), absolute agreement",
    "auc_pain": "AUC, any pain",
    "sensitivity_pain": "sensitivity, any pain",
    "specificity_pain": "specificity, any pain",
    "sensitivity_alert": "sensitivity, at the alert's level or above",
    "specificity_alert": "specificity, at the alert's level or above",
    "ece": "expected calibration error (ECE)",
}


def page(result: dict[str, Any]) -> str:
    """HTML of what report.json holds."""
    stills = result["stills"]
    names = level_names(stills["levels"], result["classes"])
    parts = [
        section("In short", listed(summary(result), "short")),
        _cards(result),
        _headlines(stills),
        levels_section(stills, names),
        pain_section(stills, names),
        calibration_section(stills),
        people_section(stills),
    ]
    if result["watch"]:
        parts += watched(result["watch"], names)
    if result.get("days"):
        parts.append(days_section(result["days"], result["stills"].get("shifts") or []))
    if result["integers"]:
        parts.append(_integers(result["integers"], names))
    parts.append(_how(result))
    about = f"{result['network']}, on {result['data']}. Licence of the pictures: {result['licence'] or 'not stated'}."
    return document("How well a network reads pain", about, banners(result["drawn"], result["split_by"]), parts)


def _cards(result: dict[str, Any]) -> str:
    heads = result["stills"]["headlines"]
    found = [
        card(percent(heads["accuracy"]["value"]), "of pictures given their true level"),
        card(percent(heads["within_one"]["value"]), "at most one level off"),
        card(percent(heads["sensitivity_alert"]["value"]), "of pictures at the alert's level found"),
        card(number(heads["icc31"]["value"]), "ICC(3,1) with the truth"),
    ]
    alarms = (result["watch"] or {}).get("alarms")
    if alarms and alarms["false_alerts_per_calm_hour"]:
        rate = alarms["false_alerts_per_calm_hour"]
        found.append(card(f"{rate['per_hour']:.2f}", f"false calls an hour (up to {rate['high']:.2f})"))
    if result["integers"]:
        same = result["integers"]["same_level"] / result["integers"]["count"]
        found.append(card(percent(same), "same level by secure integers as by the float network"))
    return f'<div class="cards">{"".join(found)}</div>'


def _headlines(stills: dict[str, Any]) -> str:
    rows = [
        (words, number(stills["headlines"][name]["value"]), between(stills["headlines"][name]["interval"]))
        for name, words in HEADLINES.items()
    ]
    expected = stills["expected_level"]
    return section(
        "The numbers",
        table(("measure", "value", "95 % interval"), rows),
        paragraph(
            "Intervals say what other people of the same kind would have given: people, not pictures, are drawn again. "
            f"The mean level under the network's probabilities has MAE {number(expected['mae'])} and PCC "
            f"{number(expected['pcc'])}; the ward sees levels, so the table is of levels.",
            "note",
        ),
    )


def _integers(found: dict[str, Any], names: list[str]) -> str:
    rows = [
        ("same level", f"{found['same_level']} of {found['count']}", percent(found["same_level"] / found["count"], 2)),
        ("at most one level apart", f"{found['within_one']} of {found['count']}",
         percent(found["within_one"] / found["count"], 2)),
        ("both right", str(found["both_right"]), ""),
        ("only the float network right", str(found["only_float_right"]), ""),
        ("only the integers right", str(found["only_integer_right"]), ""),
        ("neither right", str(found["neither_right"]), ""),
        ("accuracy of the float network", "", percent(found["accuracy_float"], 2)),
        ("accuracy of the integers", "", percent(found["accuracy_integer"], 2)),
        ("relative error of the scores", "", number(found["relative_error"], 4)),
        ("values outside their ring or window", str(found["overflow"]), ""),
    ]  # fmt: skip
    drawing = plots.confusion(found["together"], names, "float network", "integers")
    return section(
        "What secure arithmetic changes",
        paragraph("8-bit weights and rings of few bits, as secure inference computes, beside the float network."),
        beside(figure(drawing, f"Levels by {found['float']} and by its integers."), table(("", "", ""), rows)),
    )


def _how(result: dict[str, Any]) -> str:
    lines = [
        "Precision, recall, F1, confusion, MAE, MSE, AUC and ROC are scikit-learn's; PCC is SciPy's. Macro counts each "
        "level that occurs once, weighted by how often it occurs.",
        "ICC: truth and network are two judges of each picture; Shrout and Fleiss 1979. ICC(3,1) = (BMS - EMS) / "
        "(BMS + EMS) forgives a constant shift; ICC(2,1) does not.",
        "AUC of “from a level on” ranks pictures by the probability of that level or a higher one.",
        "ECE: 15 bins of equal width by the largest probability; Guo et al. 2017.",
        "Intervals: percentiles of redrawn sets of people, each person with all their pictures.",
        f"People of this set were in training: {_TRAINED[result['split_by']]}.",
    ]
    if result["drawn"]:
        lines.append(
            "Skin tone by the individual typology angle (Chardon 1991): light over 41°, intermediate over 10°, else "
            "dark. Age by thirds of the synthesiser's range."
        )
    return section("How it was measured", listed(lines))


_TRAINED = {"subject": "none, checked", "frame": "yes", "unknown": "not checked, the training set was not at hand"}
