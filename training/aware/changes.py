"""What is done to the float network before it is compiled: another pool, fewer ReLUs, some epochs in float."""

from __future__ import annotations

import argparse
import copy
from collections.abc import Sequence
from dataclasses import replace

import torch
from rich.console import Console
from rich.table import Table
from torch import nn

from training.aware.prune import Scored, cheapest, pruned, scored
from training.aware.start import Start, Structure
from training.distil.loss import taught
from training.tuning.errors import TuningError
from training.tuning.loop import Schedule, Tuning, tune
from training.tuning.pictures import Parts, Pictures


def changed(
    given: Start, args: argparse.Namespace, validation: Pictures, images: Sequence[torch.Tensor], console: Console
) -> Start:
    """The network with another pool or without its cheapest ReLUs; the very same where neither is asked for.

    Raises:
        TuningError: the network leaves no choice of pool, or has not that many ReLUs to save.
        SnniError: it does not compile without them.
    """
    start = given
    if args.pool is not None:
        start = _pooled(start, args.pool)
    if args.prune:
        if start.structure.left_out:
            raise TuningError(f"{start.about} lacks ReLUs already; prune the network that has them all")
        with console.status("scoring ReLUs") as status:
            found = scored(
                start.module, validation, start.shape, images, lambda name: status.update(f"scoring ReLUs: {name}")
            )
        module, left_out = pruned(start.module, found, args.prune, images)
        console.print(_scores(found, left_out))
        names = tuple(name for one in left_out for name in one.layer)
        start = replace(start, module=module, structure=replace(start.structure, left_out=names))
    return start


def _pooled(start: Start, pool: str) -> Start:
    """The same weights under another pool: pools have none."""
    structure = Structure(start.structure.network, pool, start.structure.left_out)
    module = structure.make(len(start.classes))
    module.load_state_dict(start.module.state_dict())
    return replace(start, module=module.eval(), structure=structure)


def _scores(found: Sequence[Scored], left_out: Sequence[Scored]) -> Table:
    table = Table(title="what each layer of ReLUs is worth, the cheapest first")
    for column in ("ReLUs", "cross entropy", "accuracy", "online MB saved", ""):
        table.add_column(column, justify="left" if column in ("ReLUs", "") else "right")
    for one in cheapest(found):
        names, out = " ".join(one.layer), "left out" if one in left_out else ""
        table.add_row(names, f"{one.loss:+.4f}", f"{-one.accuracy:+.3f}", f"{one.saved_bytes / 1e6:.2f}", out)
    return table


def warmed(start: Start, teacher: nn.Module, args: argparse.Namespace, parts: Parts, console: Console) -> nn.Module:
    """After --float-epochs in float, in evaluation mode; those that float.pt has seen are not run again."""
    if not args.float_epochs:
        return start.module
    network = copy.deepcopy(start.module)
    schedule = Schedule(args.float_epochs, args.batch, args.rate, seed=args.seed)
    what = f"{start.structure} of {start.about}, {len(parts.train.levels)} crops, float"
    tuning, checkpoint = Tuning(network, schedule, what), args.out / "float.pt"
    if args.fresh:
        checkpoint.unlink(missing_ok=True)
    loss = taught(teacher, start.shape, args.soft)
    tune(tuning, parts.train, parts.validation, start.shape, loss, console, checkpoint)
    return network.eval()
