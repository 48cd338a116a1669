"""The statement that opens a model's card: what it is for, what it was trained on, how well it does on strangers.

python -m training.statement --run runs/default --out runs/default/statement.md
"""

from __future__ import annotations

import argparse
import json
import subprocess
from pathlib import Path
from typing import Any

COMMAND = "./run train default --epochs {epochs} --threads {threads}"


def statement(metrics: dict[str, Any], commit: str) -> str:
    """Markdown from metrics.json; the first line is the warning."""
    test, recipe = metrics["test"], metrics["recipe"]
    command = COMMAND.format(epochs=recipe["epochs"], threads=2)
    names = {"accuracy": "accuracy", "within_one": "within one level", "mae": "mean absolute error", "pcc": "PCC"}
    measured = ", ".join(f"{text} {test[name]:.3f}" for name, text in names.items())
    people = f"{metrics['train_crops']} crops of {metrics['train_people']} drawn people"
    rows = ["| " + " | ".join(str(cell) for cell in row) + " |" for row in test["confusion"]]
    lines = [
        "Trained on synthetic faces: drawn ones, of nobody. Not a medical device, not for clinical use.",
        "",
        "# SqueezeNet v1.1 for four levels of facial pain expression",
        "",
        "- levels: 0, 1, 2, 3 for PSPI 0, 1, 2, 3 and above (Prkachin and Solomon 2008)",
        f"- made by: `{command}` at commit {commit}",
        f"- training data: {people} (`training/synth`), seed {recipe['seed']}",
        f"- measured on {metrics['test_people']} drawn people that it never saw: {measured}",
        "- how it does on photographs of people is unknown: none was used",
        "- licence: Apache-2.0",
        "",
        "Confusion on those people (rows: true level, columns: estimated):",
        "",
        "| 0 | 1 | 2 | 3 |",
        "|---|---|---|---|",
        *rows,
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Read a training run's metrics and write its statement."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", type=Path, default=Path("runs/default"))
    parser.add_argument("--out", type=Path, default=Path("runs/default/statement.md"))
    options = parser.parse_args()
    head = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=False).stdout.strip()
    options.out.write_text(statement(json.loads((options.run / "metrics.json").read_text()), head or "unknown"))


if __name__ == "__main__":
    main()
