"""Any set by a manifest CSV beside its pictures: the Delaware Pain Database, D-PASS, recordings of your own.

    manifest.csv     path,subject,label,label_kind,licence[,split,sequence,frame,sample_id,checksum]

Where no published file names could be relied on, this is how a set is read: whoever has it says what each file is.
"""

from __future__ import annotations

from pathlib import Path

from training.datasets.findings import Findings
from training.datasets.layout import Layout, ReadingOptions, SetCopy
from training.datasets.manifest import REQUIRED, Manifest, Sample
from training.datasets.manifest_file import read_manifest
from training.datasets.table import encoding_of

NAME = "manifest.csv"


def probe(root: Path) -> SetCopy | None:
    """A file with a manifest's columns, or a folder with a manifest.csv. Raises ManifestError."""
    path = root if root.is_file() else root / NAME
    if not path.is_file() or (path == root and not _looks_like_one(path)):
        return None
    return of_manifest(path, path.parent)


def of_manifest(path: Path, root: Path) -> SetCopy:
    """The set that a manifest describes, whose paths are relative to root. Raises ManifestError."""
    manifest = read_manifest(path)
    facts = (f"made from {manifest.dataset}{f' ({manifest.variant})' if manifest.variant else ''}",)
    return SetCopy(root, {"manifest": manifest}, (f"as {path.name} says",), facts if manifest.dataset else ())


def load(found: SetCopy, reading: ReadingOptions, findings: Findings) -> list[Sample]:
    """Every row whose file is there."""
    manifest: Manifest = found.places["manifest"]
    samples = []
    root = found.root.resolve()
    for sample in manifest.samples:
        if not (found.root / sample.path).is_file():
            findings.add("row whose file is not there", sample.path, left_out=True)
        elif not (found.root / sample.path).resolve().is_relative_to(root):
            findings.add("row whose file is a link out of the folder", sample.path, left_out=True)
        else:
            samples.append(sample)
    return samples


def _looks_like_one(path: Path) -> bool:
    with path.open(encoding=encoding_of(path), errors="replace") as file:
        head = [file.readline(4096).lower() for _ in range(20)]
    return any(all(name in line for name in REQUIRED) for line in head)


LAYOUT = Layout(
    "listed", "Set described by a manifest", "", "",
    f"any set: {NAME} with at least the columns {', '.join(REQUIRED)}",
    probe, load,
)  # fmt: skip
