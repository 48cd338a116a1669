"""What who asks takes of servers' words: only what is told alike by those of whom one at most lies.

Results are both evaluators'. Of active servers their masks are the dealer's and, as halves, the evaluators' (three), or
the dealer's and the witness's (four), and results come with the dealer's word that the evaluators' work was checked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from snni.errors import DeviationError, WireError
from snni.multiparty.roles import EVALUATORS, Role, Setting
from snni.multiparty.session import messages as ms
from snni.multiparty.session.progress import hear_made
from snni.multiparty.task import Task
from snni.ring.arithmetic import reduce
from snni.wire.packing import U32, Reader, packed_bytes
from snni.wire.socket_channel import SocketChannel


def told_masks(makers: Mapping[Role, SocketChannel], task: Task, setting: Setting) -> U32:
    """The results' masks, once all servers have made the run. makers: where each tells of it.

    Raises DeviationError: servers tell different ones. WireError, PeerError: one is not understood, or gone.
    """
    made = hear_made(makers, packed_bytes(task.results, task.bits))
    masks, *again = (_unpacked(made[role], task) for role in setting.roles if role not in EVALUATORS)
    first, second = (
        _unpacked(made[role], task) if setting.proved else _nothing(made[role], task) for role in EVALUATORS
    )
    if setting.proved and not np.array_equal(reduce(first + second, task.bits), masks):
        raise DeviationError("dealer and evaluators tell different masks of the results")
    if not all(np.array_equal(masks, other) for other in again):
        raise DeviationError("dealer and witness tell different masks of the results")
    return masks


def told_results(
    asks: Mapping[Role, SocketChannel], verdicts: Iterable[SocketChannel], task: Task, masks: U32, number: int
) -> tuple[int, ...]:
    """The results of run ``number``, unmasked. verdicts: where the dealer says what it checked, of active servers.

    Raises WireError: the evaluators opened no result, or not the same; or the dealer checked another run. PeerError.
    """
    first, second = (
        reduce(_unpacked(asks[role].recv(ms.LEVELS, packed_bytes(task.results, task.bits)), task) + masks, task.bits)
        for role in EVALUATORS
    )
    for verdict in verdicts:
        if ms.receive(verdict, ms.VERDICT, ms.Run).number != number:
            raise WireError("the dealer checked another run")
    if not np.array_equal(first, second) or first.max() >= task.classes:
        raise WireError("what the evaluators opened is no result, or not the same")
    return tuple(int(result) for result in first)


def _unpacked(body: memoryview, task: Task) -> U32:
    """One component of a task's results."""
    reader = Reader(body)
    words = reader.words(task.results, task.bits)
    reader.end()
    return words


def _nothing(body: memoryview, task: Task) -> U32:
    """Of who tells no half: zeros."""
    Reader(body).end()
    return np.zeros(task.results, np.uint32)
