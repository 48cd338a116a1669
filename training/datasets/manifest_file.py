"""Manifests as CSV: a header row, above it lines of `# name: value` that hold for all rows.

    # veilward-manifest: 1
    # dataset: unbc-mcmaster
    # split_by: subject
    sample_id,subject,sequence,frame,path,label,label_kind,licence,split,checksum

A manifest written by hand needs path, subject, label, label_kind and licence only; columns in any order, in any case.
It may be in UTF-8 or UTF-16 and be parted by semicolons or tabs, as spreadsheets save it, and have blank lines.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

from training.datasets.errors import ManifestError
from training.datasets.manifest import COLUMNS, REQUIRED, SPLIT_BY, Manifest, Sample, problems_of, shared_subjects
from training.datasets.table import encoding_of, parted_by, says_nothing

VERSION = "1"
HEAD = re.compile(r"#\s*([a-z_-]+)\s*:\s*(.*)")


def write_manifest(manifest: Manifest, path: Path) -> None:
    """Write it whole or not at all. Raises OSError."""
    head = {"veilward-manifest": VERSION, "dataset": manifest.dataset, "variant": manifest.variant,
            "split_by": manifest.split_by, "scheme": manifest.scheme,
            "accepted": " ".join(f"{name}={digest}" for name, digest in sorted(manifest.accepted.items()))}  # fmt: skip
    partial = path.with_name(path.name + ".partial")
    with partial.open("w", encoding="utf-8", newline="") as file:
        for name, value in head.items():
            file.write(f"# {name}: {' '.join(value.split())}\n")
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows([getattr(sample, column) for column in COLUMNS] for sample in manifest.samples)
    partial.replace(path)


def read_manifest(path: Path) -> Manifest:
    """Read and check a manifest.

    Raises:
        ManifestError: with file and line of each problem: unreadable text, unknown or missing columns, rows that break
            manifest.problems_of, a sample_id that is there twice, a subject in two parts of a split by subject.
    """
    try:
        lines = io.StringIO(path.read_bytes().decode(encoding_of(path)), newline="").readlines()
    except OSError as error:
        raise ManifestError(path, [(0, f"cannot be read: {error.strerror}")]) from error
    except UnicodeDecodeError as error:
        raise ManifestError(path, [(0, f"is not {error.encoding.upper()} (byte {error.start})")]) from error
    head, first = _head(path, lines)
    reader = csv.reader(lines[first:], delimiter=parted_by(lines[first]), strict=True)
    problems: list[tuple[int, str]] = []
    samples = list(_samples(path, reader, first, problems))
    if not problems and not samples:
        problems.append((first + 1, "there are no rows"))
    if head.get("split_by") in ("subject", "picture"):
        both = shared_subjects(samples)
        if both:
            problems.append((first + 1, f"split by {head['split_by']}, but in two parts: {', '.join(both[:10])}"))
    if problems:
        raise ManifestError(path, problems)
    accepted = dict(word.split("=", 1) for word in head.get("accepted", "").split() if "=" in word)
    return Manifest(tuple(samples), head.get("dataset", ""), head.get("variant", ""), head.get("split_by", "none"),
                    head.get("scheme", ""), accepted)  # fmt: skip


def _head(path: Path, lines: Sequence[str]) -> tuple[dict[str, str], int]:
    """The lines above the header row, and how many they are."""
    head: dict[str, str] = {}
    for number, line in enumerate(lines):
        if not line.startswith("#") and not says_nothing(line):
            break
        if says_nothing(line):
            continue
        match = HEAD.fullmatch(line.strip())
        if not match:
            raise ManifestError(path, [(number + 1, "a line above the header must be `# name: value`")])
        head[match[1]] = match[2]
    else:
        raise ManifestError(path, [(len(lines), "there is no header row")])
    if head.get("veilward-manifest", VERSION) != VERSION:
        raise ManifestError(path, [(1, f"version {head['veilward-manifest']} is not {VERSION}")])
    if head.get("split_by", "none") not in SPLIT_BY:
        raise ManifestError(path, [(1, f"split_by {head['split_by']!r} is none of {', '.join(SPLIT_BY)}")])
    return head, number


def _samples(path: Path, reader: Iterator[list[str]], before: int, problems: list[tuple[int, str]]) -> Iterator[Sample]:
    columns = [name.strip().lower() for name in next(reader)]
    missing = [name for name in REQUIRED if name not in columns]
    unknown = [name for name in columns if name not in COLUMNS]
    if missing or unknown or len(set(columns)) != len(columns):
        text = f"columns missing: {', '.join(missing) or 'none'}; unknown or twice: {', '.join(unknown) or 'none'}"
        raise ManifestError(path, [(before + 1, f"{text}; known are {', '.join(COLUMNS)}")])
    seen: dict[str, int] = {}
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as error:
            problems.append((before + reader.line_num, str(error)))  # type: ignore[attr-defined]
            return
        line = before + reader.line_num  # type: ignore[attr-defined]
        if cells is None:
            return
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(columns):
            problems.append((line, f"{len(cells)} values for {len(columns)} columns"))
            continue
        row = dict(zip(columns, (cell.strip() for cell in cells), strict=True))
        frame = row.get("frame") or "0"
        if not re.fullmatch(r"-?\d{1,9}", frame):
            problems.append((line, f"frame {frame!r} is not a whole number"))
            continue
        sample = _sample(row, int(frame))
        problems += [(line, problem) for problem in problems_of(sample)]
        if sample.sample_id in seen:
            problems.append((line, f"sample_id {sample.sample_id!r} is also on line {seen[sample.sample_id]}"))
        seen[sample.sample_id] = line
        yield sample


def _sample(row: dict[str, str], frame: int) -> Sample:
    """With defaults: the file is its own sequence, and path and frame name the sample."""
    path = row["path"]
    sequence = row.get("sequence") or PurePosixPath(path).stem
    sample_id = row.get("sample_id") or (f"{path}#{frame}" if frame else path)
    return Sample(sample_id, row["subject"], sequence, frame, path, row["label"], row["label_kind"], row["licence"],
                  row.get("split", ""), row.get("checksum", ""))  # fmt: skip
