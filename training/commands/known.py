"""`./run known-pictures`: drawn faces of known level, with which one installation's rooms test their edge.

    ./run known-pictures --bundle models/expression-real --out known.npz

For whoever has the weights. Draws people under fresh random seeds, keeps as many of each level as asked for, and counts
over many drawn runs of the network's integers how often rounding alone gives another level. The file goes to the rooms
(VEILWARD_SNNI_CLIENT_KNOWN_PICTURES) and to nobody at the edge: an edge that has the pictures can be right on them and
wrong on all others. Make a new one for each installation. Minutes to an hour, by network and cores.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from training.errors import TrainingError
from training.known.pictures import Wanted, known_pictures

USAGE_ERROR = 2


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(
        prog="./run known-pictures", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    made.add_argument("--bundle", type=Path, required=True)
    made.add_argument("--out", type=Path, required=True, help="the file for the rooms; its folder is made")
    made.add_argument("--per-level", type=int, default=Wanted.per_level, help="pictures of each level (%(default)s)")
    made.add_argument(
        "--runs", type=int, default=Wanted.runs, help="of each picture, that tell how often rounding errs (%(default)s)"
    )
    made.add_argument("--most", type=int, default=Wanted.most, help="people drawn at most (%(default)s)")
    made.add_argument("--processes", type=int, default=2, help="that draw beside each other (%(default)s)")
    return made


def ready_for(out: Path) -> None:
    """Before the work of an hour: its folder is made. Raises OSError, TrainingError: nothing can be written there."""
    out.parent.mkdir(parents=True, exist_ok=True)
    if out.is_dir():
        raise TrainingError(f"{out} is a folder; name a file in it")
    if not os.access(out if out.exists() else out.parent, os.W_OK):
        raise TrainingError(f"{out} cannot be written here")


def main(argv: Sequence[str] | None = None) -> int:
    """0, or 2 after one line on stderr that says what to do."""
    args = build_parser().parse_args(argv)
    try:
        ready_for(args.out)
        wanted = Wanted(args.per_level, runs=args.runs, most=args.most)
        known = known_pictures(args.bundle, wanted, args.processes)
        known.save(args.out)
    except (TrainingError, OSError) as error:
        print(f"known-pictures: {error}", file=sys.stderr)
        return USAGE_ERROR
    print(
        f"{args.out}: {len(known)} pictures; rounding made {known.wrong} of {known.runs} runs wrong, so that an honest"
    )
    print(f"edge is wrong with a chance of at most {known.wrong_rate:.2%} an answer")
    return 0


if __name__ == "__main__":
    sys.exit(main())
