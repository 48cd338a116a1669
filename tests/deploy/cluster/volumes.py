"""A pod's volumes as folders of this machine, laid out as a kubelet lays them out.

Config maps and secrets are files behind a link `..data`, which is turned to a new folder when they change: a reader
sees all of the old or all of the new. Files belong to root and to the pod's group, with the modes of the manifest.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.deploy.cluster.podman import content

Object = dict[str, Any]
DEFAULT_MODE = 0o644


def mounts(
    pod: str,
    spec: Object,
    claims: list[Object],
    directory: Path,
    objects: Mapping[tuple[str, str, str], Object],
    home: str,
) -> dict[str, tuple[Path, bool]]:
    """Mount path to folder and whether it is writable. directory: the node's. home: the pod's namespace."""
    group = spec["securityContext"]["fsGroup"]
    sources: dict[str, tuple[Path, bool]] = {}
    for volume in spec.get("volumes", []):
        folder = directory / pod / volume["name"]
        if "secret" in volume:
            of, mode = objects[home, "Secret", volume["secret"]["secretName"]], volume["secret"].get("defaultMode")
            project(folder, chosen(content(of), volume["secret"]), mode or DEFAULT_MODE, group)
        else:
            config = volume["configMap"]
            found = chosen(content(objects[home, "ConfigMap", config["name"]]), config)
            project(folder, found, config.get("defaultMode", DEFAULT_MODE), group)
        sources[volume["name"]] = (folder, False)
    for claim in claims:
        folder = directory / pod / claim["metadata"]["name"]
        if not folder.exists():  # a volume outlives its pod
            folder.mkdir(parents=True)
            os.chown(folder, 0, group)
            folder.chmod(0o2775)
        sources[claim["metadata"]["name"]] = (folder, True)
    (one,) = spec["containers"]
    found = {}
    for mount in one.get("volumeMounts", []):
        folder, writable = sources[mount["name"]]
        assert writable or mount.get("readOnly"), f"{pod}: {mount['name']} is not read-only"
        found[mount["mountPath"]] = (folder, writable)
    return found


def project(folder: Path, files: Mapping[str, bytes], mode: int, group: int) -> None:
    """Put the files where a pod reads them, in place of those that are there."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)
    data = folder / "..data"
    before = data.readlink() if data.is_symlink() else None
    fresh = folder / f"..{int(str(before or '..0')[2:]) + 1}"
    fresh.mkdir()
    for name, body in files.items():
        path = fresh / name
        path.write_bytes(body)
        os.chown(path, 0, group)
        path.chmod(mode)
    turned = folder / "..data_tmp"
    turned.symlink_to(fresh.name)
    turned.rename(data)
    for name in files:
        if not (folder / name).is_symlink():
            (folder / name).symlink_to(Path("..data") / name)
    if before is not None:
        shutil.rmtree(folder / before)


def chosen(files: Mapping[str, bytes], volume: Object) -> dict[str, bytes]:
    """The files that a volume has of a config map's or a secret's."""
    if "items" in volume:
        return {item["path"]: files[item["key"]] for item in volume["items"]}
    return dict(files)
