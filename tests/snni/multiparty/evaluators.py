"""Both evaluators of one protocol in two threads, on what a dealer dealt in the test; what each of them held."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from snni.multiparty.dealing import Dealer, FirstDealt, SecondDealt
from snni.multiparty.forms import Says
from snni.multiparty.keys import DealerKeys
from snni.multiparty.opening import ChannelOpening
from snni.multiparty.roles import Role
from snni.wire.memory_channel import MemoryChannel, channel_pair
from snni.wire.packing import U8, U32

ROLES = (Role.FIRST, Role.SECOND)


@dataclass
class Seen:
    """Columns of what one evaluator held: its shares of what was dealt, and what it opened, uint32 [n] each."""

    dealt: list[NDArray[np.uint32]] = field(default_factory=list)
    opened: list[NDArray[np.uint32]] = field(default_factory=list)
    sent: int = 0


class WatchedDealt:
    """Shares of what was dealt, remembered as they are taken."""

    def __init__(self, dealt: FirstDealt | SecondDealt, seen: Seen) -> None:
        self._dealt, self._seen = dealt, seen

    def additive(self, count: int, bits: int) -> U32:
        return self._keep(self._dealt.additive(count, bits))

    def boolean(self, count: int, bits: int) -> U32:
        return self._keep(self._dealt.boolean(count, bits))

    def _keep(self, share: U32) -> U32:
        self._seen.dealt.append(share.copy())
        return share


class WatchedOpening(ChannelOpening):
    """Openings, remembered."""

    def __init__(self, outward: MemoryChannel, inward: MemoryChannel, seen: Seen) -> None:
        super().__init__(outward, inward)
        self._seen = seen

    def bits(self, shares: U8, says: Says) -> U8:
        opened = super().bits(shares, says)
        self._seen.opened.append(opened.astype(np.uint32))
        return opened

    def ring(self, shares: U32, bits: int, says: Says) -> U32:
        opened = super().ring(shares, bits, says)
        self._seen.opened.append(opened.reshape(-1).copy())
        return opened


def run(
    deal: Callable[[Dealer], None], evaluate: Callable[[Role, WatchedDealt, WatchedOpening], U32]
) -> tuple[U32, tuple[Seen, Seen], int]:
    """(what both opened in the end, what each held, bytes dealt). Fails where they differ or a share is left over."""
    keys = DealerKeys.fresh()
    dealer = Dealer(keys, 0)
    deal(dealer)
    message = dealer.message()
    second = SecondDealt(memoryview(message))
    seen = Seen(), Seen()
    (one_out, one_in), (other_out, other_in) = channel_pair(), channel_pair()
    ends = (one_out, other_in), (other_out, one_in)

    def party(index: int) -> U32:
        dealt = WatchedDealt(second if index else FirstDealt(keys.first.dealt(0)), seen[index])
        result = evaluate(ROLES[index], dealt, WatchedOpening(*ends[index], seen[index]))
        seen[index].sent = ends[index][0].bytes_sent
        return result

    with ThreadPoolExecutor(2) as pool:
        results = [future.result() for future in [pool.submit(party, index) for index in range(2)]]
    second.end()
    assert np.array_equal(results[0], results[1])
    return results[0], seen, len(message)
