"""What is done to the float network before it is trained: another pool, fewer ReLUs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import torch
from rich.console import Console
from rich.table import Table

from training.aware.float_network import FloatNetwork, Structure
from training.aware.prune import Scored, cheapest, pruned, scored
from training.aware.settings import Settings
from training.data.pictures import Pictures
from training.errors import OptionError


def changed(
    given: FloatNetwork, settings: Settings, validation: Pictures, images: Sequence[torch.Tensor], console: Console
) -> FloatNetwork:
    """The network with another pool or without its cheapest ReLUs; the very same where neither is asked for.

    Raises:
        OptionError: the network leaves no choice of pool, or has not that many ReLUs to save.
        SnniError: it does not compile without them.
    """
    start = given
    if settings.pool is not None:
        start = _pooled(start, settings.pool)
    if settings.prune:
        if start.structure.left_out:
            raise OptionError(f"{start.about} lacks ReLUs already; prune the network that has them all")
        with console.status("scoring ReLUs") as status:
            found = scored(
                start.module, validation, start.shape, images, lambda name: status.update(f"scoring ReLUs: {name}")
            )
        module, left_out = pruned(start.module, found, settings.prune, images)
        console.print(_scores(found, left_out))
        names = tuple(name for one in left_out for name in one.layer)
        start = replace(start, module=module, structure=replace(start.structure, left_out=names))
    return start


def _pooled(start: FloatNetwork, pool: str) -> FloatNetwork:
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
