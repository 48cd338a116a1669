"""`python -m tests.snni.mutants [NAME ...]`: every mutant with what it takes away and the test that kills it.

With names, or --all: tries them, one after the other.
"""

from __future__ import annotations

import argparse
import sys

from tests.snni.mutants.catalogue import ALL, NAMED
from tests.snni.mutants.kill import verdict_on
from tests.snni.mutants.native_build import build

LINES = "takes away {takes_away}|in {file}|killed by {killed_by}"


def tried(name: str) -> bool:
    """Whether the mutant is killed, and leaves results right where it says so."""
    mutant = NAMED[name]
    if mutant.native:
        build(mutant)
    verdict = verdict_on(mutant)
    print(f"{name}:", "killed" if verdict.killed else "SURVIVED", "" if verdict.right else "results WRONG", flush=True)
    return verdict.killed and verdict.right


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="mutants to try")
    parser.add_argument("--all", action="store_true", help="try every one")
    options = parser.parse_args()
    names = list(NAMED) if options.all else options.names
    if not names:
        for mutant in ALL:
            print(mutant.name, *LINES.format(**vars(mutant)).split("|"), sep="\n    ")
        return 0
    return 0 if all([tried(name) for name in names]) else 1


if __name__ == "__main__":
    sys.exit(main())
