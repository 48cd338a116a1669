"""`veilward-alerts consent-key PRIVATE PUBLIC`: the ward's key, by which rooms know its word on their cameras.

Whoever has the private half can allow every camera, so it stays with the ward; rooms get the public half.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from services.alerts.audit.signature import make_keys


def main(arguments: Sequence[str]) -> int:
    """0; 2 after a message that says what is wrong. Neither file may be there already."""
    if len(arguments) != 2 or arguments[0].startswith("-"):
        helped = list(arguments) in (["-h"], ["--help"])
        usage = "veilward-alerts consent-key PRIVATE PUBLIC: the ward's new key, and what rooms get"
        print(usage, file=sys.stdout if helped else sys.stderr)
        return 0 if helped else 2
    try:
        print(make_keys(Path(arguments[0]), Path(arguments[1])))
    except OSError as error:
        print(f"veilward-alerts consent-key: {error.filename}: {error.strerror}", file=sys.stderr)
        return 2
    return 0
