"""Entry point `veilward`: what is done with an installation, beside its services. `veilward doctor` looks at it."""

from __future__ import annotations

import sys

from services.runtime.doctor.command import main as doctor

USAGE = "usage: veilward doctor [--json] [SERVICE...]"


def main() -> None:
    """The verb's own exit status; 2 where there is none such."""
    verb, *rest = sys.argv[1:] or [""]
    if verb == "doctor":
        sys.exit(doctor(rest))
    if verb in ("-h", "--help"):
        print(USAGE)
        sys.exit(0)
    print(USAGE, file=sys.stderr)
    sys.exit(2)


if __name__ == "__main__":
    main()
