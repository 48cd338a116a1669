"""``python -m snni.compile``: a network and calibration images into a bundle directory."""

from __future__ import annotations

import argparse
import importlib
import inspect
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from torch import nn

from snni.compile.compiler import PASSES, Compiled, compile_network, single_precision
from snni.compile.float_network import FLOAT_FILE, exported, write_float
from snni.compile.scales import ACTIVATION_BITS
from snni.compile.state_dict import load_weights
from snni.compile.windows import IGNORED_BITS
from snni.compile.worth import JUDGES
from snni.errors import BundleError, ParameterError, SnniError
from snni.model.bundle import PLAN_FILE, Bundle
from snni.model.step_cost import Costs, plan_cost, total_cost
from snni.twoparty.suite import TWO_PARTY

USAGE_ERROR = 2
MIN_AGREEMENT = 0.75


def load_factory(where: str, classes: int | None = None) -> nn.Module:
    """The module that ``package.module:factory`` makes, called with ``classes`` if it has a parameter of that name.

    Raises:
        ParameterError: no such module or factory, or it makes something else.
    """
    path, colon, attribute = where.partition(":")
    if not colon or not path or not attribute:
        raise ParameterError(f"--module {where}: write package.module:factory")
    try:
        factory = getattr(importlib.import_module(path), attribute)
    except ImportError as error:
        raise ParameterError(f"--module {where}: {error}; PYTHONPATH must name its package's folder") from error
    except AttributeError as error:
        raise ParameterError(f"--module {where}: {path} has no {attribute}; name a function that makes it") from error
    except Exception as error:  # importing runs the package's own code
        raise ParameterError(f"--module {where}: {path} cannot be imported ({_told(error)})") from error
    if not callable(factory):
        raise ParameterError(f"--module {where}: {attribute} is not callable; name a function that makes the network")
    try:
        counted = classes is not None and "classes" in inspect.signature(factory).parameters
        module = factory(classes=classes) if counted else factory()
    except TypeError as error:
        raise ParameterError(f"--module {where}: {error}; the factory must work without arguments") from error
    except Exception as error:  # so does calling the factory
        raise ParameterError(f"--module {where}: {attribute}() fails ({_told(error)})") from error
    if not isinstance(module, nn.Module):
        raise ParameterError(f"--module {where}: {attribute}() made a {type(module).__name__}, not a torch.nn.Module")
    return module


def load_images(path: Path) -> list[torch.Tensor]:
    """Images [N, C, H, W], uint8 or float in [0, 1], one tensor an image.

    Raises:
        ParameterError: the file is missing, or not such an array.
    """
    if not path.is_file():
        raise ParameterError(f"--calibration {path}: no such file")
    try:
        images = np.load(path, allow_pickle=False)
    except (ValueError, OSError, EOFError) as error:
        raise ParameterError(f"--calibration {path}: not a .npy array ({_first_line(error)})") from error
    if not isinstance(images, np.ndarray) or images.ndim != 4 or 0 in images.shape:
        raise ParameterError(f"--calibration {path}: shape {getattr(images, 'shape', '?')}; save it as [N, C, H, W]")
    if images.dtype not in (np.uint8, np.float32, np.float64):
        raise ParameterError(f"--calibration {path}: {images.dtype}; save uint8 pixels or float32 in [0, 1]")
    return [torch.from_numpy(np.array(image)) for image in images]


def load_statement(path: Path | None) -> str:
    """The provider's text, with an empty line after it. Raises ParameterError: no such file, or not text."""
    if path is None:
        return ""
    try:
        return path.read_text(encoding="utf-8").rstrip() + "\n\n"
    except (OSError, UnicodeDecodeError) as error:
        raise ParameterError(f"--statement {path}: not a readable text file") from error


def _told(error: BaseException) -> str:
    return f"{type(error).__name__}: {_first_line(error)}"


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def cost_table(compiled: Compiled, costs: Costs) -> Table:
    """Every step that costs anything, and the total."""
    table = Table(title=compiled.bundle.plan.name)
    for column in ("step", "MACs", "ReLUs", "comparisons", "online bytes"):
        table.add_column(column, justify="left" if column == "step" else "right")
    total = total_cost(compiled.bundle.plan, costs)
    for name, cost in (*plan_cost(compiled.bundle.plan, costs).items(), ("total", total)):
        if cost != type(cost)():
            row = (cost.macs, cost.relus, cost.comparisons, cost.online_bytes)
            table.add_row(name, *(f"{n:,}" if n else "" for n in row), style="bold" if name == "total" else None)
    return table


def add_arguments(parser: argparse.ArgumentParser, required: bool = True) -> None:
    """The command line; not required: whoever calls ``run`` gives what is missing."""
    parser.add_argument("--module", required=required, help="package.module:factory of the network")
    parser.add_argument("--weights", type=Path, help="state dict: .safetensors or .pt")
    parser.add_argument(
        "--calibration", type=Path, required=required, help=".npy, [N, C, H, W], uint8 or float in [0, 1]"
    )
    parser.add_argument("--out", type=Path, required=True, help="directory for the bundle")
    parser.add_argument("--replace", action="store_true", help="a bundle that lies there")
    parser.add_argument("--statement", type=Path, help="text that opens the card: data, limits, measures, licence")
    parser.add_argument("--name", default="network", help="[a-z0-9_.]+, goes into the plan")
    parser.add_argument("--crop", help="how images are cut, [a-z0-9-]+ such as 224x224x3-close; goes into the plan")
    parser.add_argument(
        "--classes", nargs="+", help="names of the levels, in order; a factory that takes classes gets their number"
    )
    parser.add_argument(
        "--headroom-bits", type=int, default=1, choices=range(1, 5), help="over the calibration's peaks"
    )
    parser.add_argument(
        "--activation-bits",
        type=int,
        default=ACTIVATION_BITS,
        choices=range(4, 11),
        help="of a typical activation: wider is more exact, and dearer in every comparison",
    )
    add_ignored_bits(parser)
    parser.add_argument(
        "--compose",
        choices=tuple(JUDGES),
        default="never",
        help="convolutions with nothing nonlinear between them into one: two flights fewer each, for more "
        "multiplications and coarser weights; compare the card's relative error (default: %(default)s)",
    )
    parser.add_argument(
        "--feedback",
        action="store_true",
        help="round each weight so that it makes good what the ones before it lost, in place of to the nearest: more "
        "exact, longer to compile",
    )
    parser.add_argument(
        "--min-agreement",
        type=_share,
        default=MIN_AGREEMENT,
        help="least share of calibration images with the float network's level; below it nothing is written (0 to 1, "
        "default: %(default)s)",
    )


def _share(text: str) -> float:
    share = float(text)
    if not 0 <= share <= 1:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and 1")
    return share


def add_ignored_bits(parser: argparse.ArgumentParser) -> None:
    """--ignored-bits, for every command that compiles."""
    parser.add_argument(
        "--ignored-bits",
        type=int,
        default=IGNORED_BITS,
        choices=range(7),
        help="of these, low ones that comparisons drop: cheaper, less exact near zero (default: %(default)s)",
    )


def run(arguments: argparse.Namespace, console: Console, opening: str = "") -> None:
    """Compile, save, report; ``opening`` stands before the provider's statement in the card. Raises SnniError."""
    module = load_factory(arguments.module, len(arguments.classes) if arguments.classes else None)
    if arguments.weights is not None:
        load_weights(module, arguments.weights)
    compile_and_save(module, arguments, console, opening + load_statement(arguments.statement))


def compile_and_save(module: nn.Module, arguments: argparse.Namespace, console: Console, statement: str) -> None:
    """A network that is there already: with the calibration, the options and the directory of ``arguments``.

    Raises SnniError, before anything is compiled where a bundle lies there that is not to be replaced."""
    if (arguments.out / PLAN_FILE).exists() and not arguments.replace:
        raise BundleError(f"--out {arguments.out}: a bundle lies there; name another folder, or add --replace")
    module, images = single_precision(module), load_images(arguments.calibration)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("read", total=len(PASSES))
        compiled = compile_network(
            module,
            images,
            arguments.name,
            arguments.classes,
            arguments.headroom_bits,
            arguments.activation_bits,
            lambda name: progress.update(task, description=name, advance=1),
            arguments.ignored_bits,
            arguments.crop,
            JUDGES[arguments.compose],
            arguments.feedback,
        )
    agreement, plan = compiled.agreement, compiled.bundle.plan
    TWO_PARTY.check(plan)
    if agreement.constant:
        raise BundleError("the network gives every calibration image the same scores; load its trained weights")
    if agreement.fraction < arguments.min_agreement:
        raise BundleError(
            f"int8 and float agree on {agreement.same_level} of {agreement.images} calibration images only, nothing is "
            "written; try --activation-bits 9 or 10 and --ignored-bits 0, images of the network's own domain, or "
            f"--min-agreement {agreement.fraction:.2f} to have it all the same"
        )
    _save(replace(compiled.bundle, card=statement + compiled.bundle.card), module, arguments.out, console)
    console.print(cost_table(compiled, TWO_PARTY))
    console.print(f"int8 and float agree on {agreement.same_level} of {agreement.images} calibration images", end="")
    console.print(f" (relative error of scores {agreement.relative_error:.4f}, no overflow)")
    console.print(f"plan {plan.plan_hash} written to {arguments.out}", soft_wrap=True)


def _save(bundle: Bundle, module: nn.Module, directory: Path, console: Console) -> None:
    """The bundle, its plan last, and the float network where torch can export it. Raises BundleError."""
    try:
        content = exported(module, bundle.plan.input_shape)
    except BundleError as error:
        content = None
        console.print(f"{error}: the bundle has no {FLOAT_FILE} to compare with", style="yellow")
    try:
        directory.mkdir(parents=True, exist_ok=True)
        (directory / FLOAT_FILE).unlink(missing_ok=True)
        if content is not None:
            write_float(content, directory)
    except OSError as error:
        raise BundleError(f"{error.filename or directory}: {error.strerror}") from error
    bundle.save(directory)


def main(argv: Sequence[str] | None = None) -> int:
    """0, or 2 after one line on stderr that says what to do."""
    parser = argparse.ArgumentParser(prog="python -m snni.compile", description=__doc__)
    add_arguments(parser)
    arguments = parser.parse_args(argv)
    try:
        run(arguments, Console())
    except SnniError as error:
        print(f"snni.compile: {_first_line(error)}", file=sys.stderr)
        return USAGE_ERROR
    return 0


if __name__ == "__main__":
    sys.exit(main())
