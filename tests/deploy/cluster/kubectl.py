"""`kubectl` as an installer of the player has it: what is applied is kept, what is for a pod runs in its container.

    kubectl apply -k DIR                     objects go to $VEILWARD_PLAYER/applied, rendered by kustomize
    kubectl -n NAMESPACE exec POD -- WORD... in the container that $VEILWARD_PLAYER/pods.json names

Anything else is refused: it would have to be played first.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.deploy.cluster.podman import RUNTIME
from tests.deploy.manifests import KUSTOMIZE, ROOT


def program(directory: Path) -> Path:
    """A folder with it, for a search path. directory: where it keeps and finds things."""
    folder = directory / "programs"
    folder.mkdir(exist_ok=True)
    path = folder / "kubectl"
    line = f"cd {ROOT} && exec {sys.executable} -m tests.deploy.cluster.kubectl"
    path.write_text(f'#!/bin/sh\nexport VEILWARD_PLAYER={directory}\n{line} "$@"\n')
    path.chmod(0o755)
    return folder


def main(words: list[str]) -> int:
    player = Path(os.environ["VEILWARD_PLAYER"])
    match words:
        case ["apply", "-k", directory]:
            return _apply(player / "applied", directory)
        case ["-n", namespace, "exec", pod, "--", *command]:
            container = json.loads((player / "pods.json").read_text())[f"{namespace}/{pod}"]
            return subprocess.run(["podman", *RUNTIME, "exec", container, *command]).returncode
    print(f"kubectl: not played: {' '.join(words)}", file=sys.stderr)
    return 1


def _apply(applied: Path, directory: str) -> int:
    applied.mkdir(exist_ok=True)
    done = subprocess.run([str(KUSTOMIZE), "build", directory], capture_output=True, text=True)
    sys.stderr.write(done.stderr)
    if done.returncode == 0:
        (applied / f"{len(list(applied.iterdir())):02}.yaml").write_text(done.stdout)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
