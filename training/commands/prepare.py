"""`./run train --inspect DIR`: a dry run over a data set. `./run train prepare DIR`: its crops and its manifest."""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from training.datasets.choice import SUBSETS
from training.datasets.crop_set import CROPS, MANIFEST
from training.datasets.errors import DatasetError
from training.datasets.inspection import Inspection, Options, Step, inspect, recognised
from training.datasets.labels import SCHEMES
from training.datasets.layout import ReadingOptions
from training.datasets.licence import LICENCES, known, require_accepted
from training.datasets.manifest_file import write_manifest
from training.datasets.photographs import TERMS
from training.datasets.prepare import Prepared, prepare
from training.datasets.report import as_json, show, show_outcomes, write_left_out
from training.datasets.splits import SplitPlan


def add_choices(parser: argparse._ActionsContainer) -> None:
    """What is read of a set, as which classes, and how it is split."""
    parser.add_argument("--classes", choices=list(SCHEMES), default="", help="default: the set's own")
    parser.add_argument("--subset", choices=list(SUBSETS), default="", help="default: every sample")
    parser.add_argument("--labels", choices=("pspi", "facs"), default="pspi", help="UNBC-McMaster: from which files")
    parser.add_argument("--every", type=int, help="of a video: one frame in so many")
    parser.add_argument("--songs", action="store_true", help="RAVDESS: the sung recordings too")
    parser.add_argument("--emotions", choices=("sad-surprise-neutral", "neutral-sad-surprise"),
                        help="FER2013's CSV: what 4, 5, 6 mean; default: told by their counts")  # fmt: skip
    parser.add_argument("--from-manifest", type=Path, metavar="FILE", help="take of DIR what FILE lists")
    parser.add_argument("--photographs", choices=TERMS, default="", metavar="TERMS",
                        help="DIR holds photographs and recordings of your own without labels, a folder for each "
                             "person; own: those who are seen agreed to giving networks away, home: to a network for "
                             "this home")  # fmt: skip
    parser.add_argument("--only-subjects", nargs="+", default=[], metavar="SUBJECT")
    parser.add_argument("--without-subjects", nargs="+", default=[], metavar="SUBJECT")
    parser.add_argument("--test-subjects", nargs="+", default=[], metavar="SUBJECT", help="who is measured on")
    parser.add_argument("--validation-subjects", nargs="+", default=[], metavar="SUBJECT")
    parser.add_argument("--folds", type=int, help="of subjects: one is the test, the next one validation (default 5)")
    parser.add_argument("--fold", type=int, default=0, help="which one is the test, from 0")
    parser.add_argument("--split-by-frame", action="store_true",
                        help="lets the same people into training and test; report and manifest say so")  # fmt: skip
    parser.add_argument("--subset-seed", type=int, default=1, help="of subsets and of splits by frame")
    parser.add_argument("--accept-licence", action="append", default=[], metavar="NAME", choices=list(LICENCES),
                        help="you accept the terms that --inspect shows")  # fmt: skip


def add_inspection(parser: argparse._ActionsContainer) -> None:
    """The options of a dry run."""
    parser.add_argument("--inspect", type=Path, metavar="DIR", help="what data set DIR is, and what training would do")
    parser.add_argument("--json", action="store_true", help="the report as JSON")
    parser.add_argument("--all-pictures", action="store_true", help="open every picture, not a part of them")
    parser.add_argument("--manifest", type=Path, metavar="FILE", help="write it (needs the licence accepted)")
    add_choices(parser)


def options_of(args: argparse.Namespace) -> Options:
    """What add_choices' options ask for.

    Raises:
        DatasetError: options that contradict each other, or out of range.
    """
    if args.every is not None and args.every < 1:
        raise DatasetError(f"--every must be at least 1, got {args.every}")
    if args.split_by_frame and (args.test_subjects or args.validation_subjects):
        raise DatasetError("--split-by-frame splits no subjects: leave out --test-subjects and --validation-subjects")
    if args.validation_subjects and not args.test_subjects:
        raise DatasetError("--validation-subjects needs --test-subjects")
    if args.photographs and (args.from_manifest or args.classes or args.subset):
        raise DatasetError("--photographs have no labels: leave out --from-manifest, --classes and --subset")
    plan = None
    folds = args.folds if args.folds is not None else 5
    if args.split_by_frame:
        plan = SplitPlan("frame", folds, args.fold, seed=args.subset_seed)
    elif args.test_subjects:
        plan = SplitPlan("fixed", test_subjects=tuple(args.test_subjects),
                         validation_subjects=tuple(args.validation_subjects))  # fmt: skip
    elif args.folds is not None or args.fold:
        plan = SplitPlan("subject", folds, args.fold)
    reading = ReadingOptions(args.labels, args.every, args.songs, args.emotions)
    return Options(reading, args.classes, args.subset, plan, tuple(args.only_subjects), tuple(args.without_subjects),
                  getattr(args, "all_pictures", False), args.from_manifest, args.subset_seed,
                  args.photographs)  # fmt: skip


def run_inspection(args: argparse.Namespace) -> Inspection:
    """Look, report on standard output, write the manifest where asked. Raises DatasetError."""
    with bar() as progress:
        found = inspect(args.inspect, options_of(args), stepper(progress))
    if args.json:
        print(json.dumps(as_json(found), indent=1))
    else:
        show(found, Console())
    if args.manifest is not None:
        accepted = {licence.name: licence.digest for licence in require_accepted(found.licences, args.accept_licence)}
        write_manifest(found.manifest(accepted), args.manifest)
    return found


def add_preparation(parser: argparse.ArgumentParser) -> None:
    """The options of `prepare`."""
    parser.add_argument("dir", type=Path, metavar="DIR", help="the data set, or a manifest of one")
    parser.add_argument("--out", type=Path, required=True, help="made if not there; an interrupted run goes on in it")
    parser.add_argument("--processes", type=int, default=1, choices=range(1, 65), metavar="N")
    parser.add_argument("--json", action="store_true", help="the report as JSON")
    add_choices(parser)


def run_preparation(args: argparse.Namespace) -> Prepared:
    """Crop the chosen samples into --out: crops/, manifest.csv, licence.txt, left-out.csv, report.json.

    Raises DatasetError.
    """
    options = options_of(args)
    if args.from_manifest is None:  # before pictures are looked at; a manifest's rows say theirs
        layout, _ = recognised(args.dir, options)
        require_accepted([layout.licence] if layout.licence else [], args.accept_licence)
    with bar() as progress:
        step = stepper(progress)
        found = inspect(args.dir, options, step)
        accepted = {licence.name: licence.digest for licence in require_accepted(found.licences, args.accept_licence)}
        args.out.mkdir(parents=True, exist_ok=True)
        prepared = prepare(found.found.root, found.chosen, args.out / CROPS, step, args.processes)
    if not prepared.cropped:
        raise DatasetError(f"{args.dir}: no crop came of {len(found.chosen)} samples: {prepared.counts}")
    found = replace(found, chosen=tuple(prepared.cropped))
    write_manifest(found.manifest(accepted), args.out / MANIFEST)
    (args.out / "licence.txt").write_text("\n\n".join(known(name).text for name in accepted) + "\n")
    write_left_out(prepared, args.out / "left-out.csv")
    told = as_json(found) | {"crops": prepared.counts}
    (args.out / "report.json").write_text(json.dumps(told, indent=1) + "\n")
    if args.json:
        print(json.dumps(told, indent=1))
    else:
        show(found, Console())
        show_outcomes(prepared, Console())
    return prepared


def bar() -> Progress:
    """Progress on standard error, gone at the end."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=Console(stderr=True), transient=True)


def stepper(progress: Progress) -> Step:
    """What inspect and prepare call as they go."""
    task = progress.add_task("", total=None)

    def step(what: str, done: int, total: int) -> None:
        progress.update(task, description=what, completed=done, total=total or None)

    return step
