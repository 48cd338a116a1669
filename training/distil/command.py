"""A small student learns from a large teacher's scores as well as from the levels.

    ./run train distil --teacher resnet50 --teacher-weights runs/resnet50/float.safetensors \\
                       --student squeezenet --data runs/data --epochs 20 --out runs/student

Teacher and student are names of training.networks.registry; the teacher's weights are a state dict of its own names,
as `./run train` leaves them. Writes what every training run does: checkpoint.pt, float.safetensors, calibration.npy
(float32 NCHW in [0, 1]) and metrics.json. The terms of the teacher's data bind the student too.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from rich.console import Console
from safetensors.torch import save_file
from torch import Tensor, nn

from snni.compile.calibrate import read_images
from snni.compile.compiler import quantise
from snni.errors import SnniError
from training.aware.network import AwareNetwork
from training.aware.price import LINK, Variant, price, table
from training.distil.loss import TEMPERATURE, taught
from training.evaluation.errors import EvaluationError
from training.networks.fold import folded
from training.networks.registry import NETWORKS
from training.networks.squeezenet import SqueezeNet, initialised
from training.tuning.batch import Shape, batch_of
from training.tuning.errors import TuningError
from training.tuning.loop import Schedule, Tuning, measured, tune
from training.tuning.pictures import Parts, limited, load_parts, spread
from training.tuning.run_folder import CALIBRATION, METRICS, WEIGHTS, has_licences, load_state, make, named, read_run

CALIBRATION_CROPS = 64


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command line of `distil`."""
    parser.add_argument("--teacher", choices=sorted(NETWORKS), required=True)
    parser.add_argument("--teacher-weights", type=Path, required=True, help="state dict: .safetensors or .pt")
    compiled = sorted(name for name, entry in NETWORKS.items() if entry.compiles)
    parser.add_argument("--student", choices=compiled, default="squeezenet", help="one that secure inference can run")
    parser.add_argument("--student-weights", type=Path, help="to start from; else drawn ones")
    parser.add_argument("--classes", type=int, default=4, help="of both")
    parser.add_argument("--data", type=Path, required=True, help="crops: a folder of prepare, or .npz of drawn ones")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--decay", type=float, default=0.02)
    parser.add_argument("--temperature", type=float, default=TEMPERATURE)
    parser.add_argument("--soft", type=float, default=0.7, help="of the loss: the teacher's scores; 0..1")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--limit", type=int, default=0, help="use so many crops of each part only (0: all)")
    parser.add_argument("--link", default=LINK, help="to predict seconds for: one that bench/results has")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--fresh", action="store_true", help="ignore a checkpoint")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Returns what metrics.json says. Raises TuningError, DatasetError: in one line, what to do."""
    try:
        return _run(args, Console())
    except (SnniError, EvaluationError, OSError) as error:
        raise TuningError(str(error)) from error


def _run(args: argparse.Namespace, console: Console) -> dict[str, Any]:
    torch.set_num_threads(args.threads)
    check(args)
    what = f"{args.teacher} with {args.classes} levels"
    teacher = load_state(make(args.teacher, args.classes), args.teacher_weights, what)
    student = student_of(args)
    parts = limited(load_parts(args.data), args.limit, args.seed)
    highest = max(int(part.levels.max()) for part in (parts.train, parts.validation, parts.test))
    if highest >= args.classes:
        raise TuningError(f"{args.data}: has a level {highest}, but --classes is {args.classes}")
    bound = licences_of(args, parts)
    args.out.mkdir(parents=True, exist_ok=True)
    schedule = Schedule(args.epochs, args.batch, args.rate, relative=False, decay=args.decay, seed=args.seed)
    said = f"{args.student} of {args.teacher}, {len(parts.train.levels)} crops, {args.temperature}, {args.soft}"
    tuning, checkpoint = Tuning(student, schedule, said), args.out / "checkpoint.pt"
    if args.fresh:
        checkpoint.unlink(missing_ok=True)
    loss = taught(teacher, NETWORKS[args.teacher].input_shape, args.soft, args.temperature)
    shape = NETWORKS[args.student].input_shape
    tune(tuning, parts.train, parts.validation, shape, loss, console, checkpoint)
    plain = folded(student).eval() if isinstance(student, SqueezeNet) else student.eval()
    variants = [Variant(f"{args.teacher}, float", measured(teacher, parts.test, NETWORKS[args.teacher].input_shape))]
    calibration = export(plain, parts, shape, args)
    variants += compared(plain, calibration, parts, shape, args)
    metrics = {
        "network": args.student,
        "classes": list(named(args.classes, args.out)),
        "licences": bound,
        "data": parts.about + ("; no photograph of anyone" if parts.drawn and not bound else ""),
        "recipe": {"command": "distil", "teacher": args.teacher, "temperature": args.temperature, "soft": args.soft}
        | asdict(schedule),
        "seed": args.seed,
        "train_people": len(set(parts.train.subjects.tolist())),
        "train_crops": len(parts.train.levels),
        "test_people": len(set(parts.test.subjects.tolist())),
        "test": asdict(variants[1].measured),
        "variants": [asdict(one) for one in variants],
        "history": tuning.history,
    }
    (args.out / METRICS).write_text(json.dumps(metrics, indent=1) + "\n")
    console.print(table(variants, args.link))
    console.print(f"written to {args.out}", soft_wrap=True)
    return metrics


def check(args: argparse.Namespace) -> None:
    """Raises TuningError."""
    if args.epochs < 0 or args.batch < 2 or not args.rate > 0 or not args.temperature > 0 or not 0 <= args.soft <= 1:
        raise TuningError(
            "--epochs must be 0 or more, --batch 2 or more, --rate and --temperature above 0, --soft in 0..1"
        )
    if args.classes < 2:
        raise TuningError("--classes must be 2 or more")


def student_of(args: argparse.Namespace) -> nn.Module:
    """The student before training: SqueezeNet learns from nothing through its twin with batch norm, folded later."""
    if args.student_weights is not None:
        what = f"{args.student} with {args.classes} levels"
        return load_state(make(args.student, args.classes), args.student_weights, what)
    torch.manual_seed(args.seed)
    return initialised(args.classes) if args.student == "squeezenet" else make(args.student, args.classes)


def licences_of(args: argparse.Namespace, parts: Parts) -> list[str]:
    """Whose terms bind the student: its data's, and the teacher's where its run says. Raises RunError."""
    folder = args.teacher_weights.parent
    taught_by = read_run(folder).licences if has_licences(folder) else ()
    return sorted({*parts.train.licences, *taught_by})


def export(network: nn.Module, parts: Parts, shape: Shape, args: argparse.Namespace) -> Tensor:
    """Weights and calibration images on disk. Returns the images, float32 [n, C, H, W]."""
    save_file({name: value.contiguous() for name, value in network.state_dict().items()}, args.out / WEIGHTS)
    chosen = spread(parts.train.levels, CALIBRATION_CROPS, np.random.default_rng(args.seed))
    images = batch_of(parts.train, chosen, shape).x
    np.save(args.out / CALIBRATION, images.numpy())
    return images


def compared(
    network: nn.Module, calibration: Tensor, parts: Parts, shape: Shape, args: argparse.Namespace
) -> list[Variant]:
    """The student in float and as integers, with what these cost."""
    quantised = quantise(network, read_images(list(calibration)))
    integers = AwareNetwork(quantised, quantised.emit("student")[0])
    cost = price(integers.plan, args.link)
    return [
        Variant(f"{args.student}, float", measured(network, parts.test, shape)),
        Variant(f"{args.student}, int8", measured(integers, parts.test, shape), cost),
    ]
