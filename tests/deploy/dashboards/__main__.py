"""python -m tests.deploy.dashboards      writes deploy/grafana/dashboards anew."""

from __future__ import annotations

import json
from pathlib import Path

from grafana_foundation_sdk.cog.encoder import JSONEncoder

from tests.deploy.dashboards import capacity, latency, privacy, ward

FOLDER = Path(__file__).parents[3] / "deploy" / "grafana" / "dashboards"
BOARDS = (ward.BOARD, latency.BOARD, capacity.BOARD, privacy.BOARD)


def texts() -> dict[str, str]:
    """The files, by name."""
    return {
        f"{one.name}.json": json.dumps(one.built().build(), cls=JSONEncoder, sort_keys=True, indent=1) + "\n"
        for one in BOARDS
    }


def main() -> None:
    for name, text in texts().items():
        (FOLDER / name).write_text(text)


if __name__ == "__main__":
    main()
