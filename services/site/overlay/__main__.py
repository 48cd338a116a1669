"""`./run overlay KIND SITE.yaml DIR`: a home's overlay of deploy/k8s, the same bytes each time.

status  what it says
0       written, or there already
2       the site's file is wrong, something else stands where it would be written, or nothing can be
"""

from __future__ import annotations

import argparse
import os
import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from services.site.errors import SiteError
from services.site.overlay.home import read_home
from services.site.overlay.overlay import KINDS

K8S = Path(__file__).resolve().parents[3] / "deploy" / "k8s"


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit status, as above."""
    options = _parser().parse_args(arguments)
    base = options.base.resolve()
    if not (base / "room" / "kustomization.yaml").is_file():
        return _refuse(f"{options.base} is not deploy/k8s: name it by --base")
    directory: Path = options.directory.resolve()
    try:
        files = KINDS[options.kind](read_home(options.site), Path(os.path.relpath(base, directory)).as_posix())
    except SiteError as error:
        return _refuse(str(error))
    try:
        other = [name for name, text in files.items() if _differs(directory / name, text)]
        if other and not options.force:
            held = ", ".join(other)
            return _refuse(f"{options.directory} holds something else already ({held}): --force writes over it")
        _write(directory, files)
    except OSError as error:
        return _refuse(f"{error.filename}: {error.strerror}")
    for name in _left_over(directory, files):
        print(f"overlay: {options.directory / name} is of no device any more; delete it", file=sys.stderr)
    keys = shlex.quote(str(options.directory / "keys"))
    print(f"{options.directory}: {len(files)} files; secrets next: deploy/certificates/issue {keys}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="./run overlay",
        description="Writes a home's overlay of deploy/k8s from its site.yaml: kustomizations, the configurations of "
        "NATS, and each device's part of the site. services/site/installation.py says what site.yaml must hold.",
        epilog="single-node: all on one machine. care-home: a node for each room device, the edge and the ward. "
        "cloud-edge: the same, with the edge in another cluster.",
    )
    parser.add_argument("kind", choices=list(KINDS))
    parser.add_argument("site", type=Path, metavar="SITE.yaml")
    parser.add_argument("directory", type=Path, metavar="DIR")
    parser.add_argument("--force", action="store_true", help="write over files that say something else")
    parser.add_argument("--base", type=Path, default=K8S, metavar="DIR", help="deploy/k8s, if not this checkout's")
    return parser


def _refuse(why: str) -> int:
    print(f"overlay: {why}", file=sys.stderr)
    return 2


def _differs(path: Path, text: str) -> bool:
    return path.exists() and path.read_bytes() != text.encode()


def _write(directory: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())


def _left_over(directory: Path, files: Mapping[str, str]) -> list[str]:
    """Folders of devices that were written here once and are of none now."""
    folders = {path.parent for path in directory.glob("**/leaf.conf")}
    return sorted(
        str(one.relative_to(directory)) for one in folders if f"{one.relative_to(directory)}/leaf.conf" not in files
    )


if __name__ == "__main__":
    sys.exit(main())
