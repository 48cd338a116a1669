"""Share a bundle's weights among three or four servers: one folder a server, none of which says anything of
the weights.

The folders go to operators who answer to different boards; no machine should hold two of them, and the
bundle itself stays with the model's provider.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from snni.errors import SnniError
from snni.model.bundle import Bundle
from snni.multiparty.roles import setting_of
from snni.multiparty.select import rows
from snni.multiparty.share_files import write_shares

USAGE_ERROR = 2


def main(argv: Sequence[str] | None = None) -> int:
    """0, or 2 after one line that says what to do."""
    parser = argparse.ArgumentParser(prog="./run share-model", description=__doc__)
    parser.add_argument("--bundle", type=Path, required=True, help="directory made by ./run compile")
    parser.add_argument("--parties", type=int, choices=(3, 4), default=3, help="3 passive servers, or 4 active ones")
    parser.add_argument("--active", action="store_true", help="any one of three servers may do anything too")
    parser.add_argument("--out", type=Path, required=True, help="a folder for each server goes here; none is replaced")
    parser.add_argument("--frames", type=int, metavar="N", help="also share which frames of a video of N are looked at")
    parser.add_argument("--selection", default="every 15th", help="'every 15th', 'all', or indices such as 0,15,30")
    options = parser.parse_args(argv)
    try:
        chosen = None if options.frames is None else rows(options.selection, options.frames)
        setting = setting_of(options.parties, active=options.active or options.parties == 4)
        digests = write_shares(Bundle.load(options.bundle), options.out, chosen, setting)
    except SnniError as error:
        print(f"share-model: {error}", file=sys.stderr)
        return USAGE_ERROR
    for role, digest in digests.items():
        print(f"{options.out / role}: for the {role}'s operator alone; SHA-256 {digest}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
