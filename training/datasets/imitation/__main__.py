"""`python -m training.datasets.imitation NAME DIR`: a small tree in the layout of a published set, of drawn people."""

from __future__ import annotations

import argparse
from pathlib import Path

from training.datasets.imitation import biovid, fer, listed, photographs, ravdess, unbc

WRITERS = {
    "unbc-mcmaster": lambda root: unbc.write_unbc(root, unbc.Shape(subjects=5, sequences=2, frames=8)),
    "ravdess": lambda root: ravdess.write_ravdess(root, (1, 2, 8, 15)),
    "fer2013": lambda root: fer.write_fer2013(root, fer.rows(56)),
    "ferplus": lambda root: fer.write_ferplus(root, fer.rows(56)),
    "biovid": lambda root: biovid.write_biovid(root, subjects=4, trials=2),
    "listed": lambda root: listed.write_listed(root, subjects=4),
    "photographs": lambda root: photographs.write_photographs(root, people=6, each=12),
}


def main() -> None:
    """Read the command line and write one."""
    parser = argparse.ArgumentParser(prog="python -m training.datasets.imitation", description=__doc__)
    parser.add_argument("name", choices=list(WRITERS))
    parser.add_argument("dir", type=Path, help="made if not there; must be empty")
    args = parser.parse_args()
    if args.dir.exists() and any(args.dir.iterdir()):
        parser.error(f"{args.dir} is not empty")
    WRITERS[args.name](args.dir)


if __name__ == "__main__":
    main()
