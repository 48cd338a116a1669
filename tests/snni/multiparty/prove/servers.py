"""Three active servers of one run in threads, over channels that a test may tamper with; how it ended for who asks."""

from __future__ import annotations

import numpy as np

from snni.multiparty.check.opening import CheckedOpening
from snni.multiparty.keys import DealerKeys, PairKey
from snni.multiparty.model import fresh_seeds, image_half, mask_images
from snni.multiparty.opening import ChannelOpening
from snni.multiparty.prove.ends import Ends
from snni.multiparty.roles import EVALUATORS, Role, Setting
from snni.multiparty.select import rows
from snni.multiparty.share_files import load_share, write_shares
from snni.multiparty.task import Label, Levels, Task
from snni.multiparty.video_shape import VideoShape
from snni.ring.arithmetic import reduce
from tests.snni.multiparty.threads import Ended, Streams, Tamper, honest

ROLES = (Role.DEALER, *EVALUATORS)
STREAMS = {f"prove {one.value} {other.value}": (one, other) for one in ROLES for other in ROLES if one is not other}
STREAMS |= {
    "open first": (Role.FIRST, Role.SECOND),
    "open second": (Role.SECOND, Role.FIRST),
    "check first": (Role.FIRST, Role.DEALER),
    "check second": (Role.SECOND, Role.DEALER),
}
"""Every stream between servers, one way: who sends, who receives."""


class Both:
    """One server's end of a stream either way, in the hands of a tamperer."""

    def __init__(self, out, inward):
        self._out, self._in = out, inward

    def send(self, tag, payload):
        self._out.send(tag, payload)

    def recv(self, tag, limit=1 << 30):
        return self._in.recv(tag, limit)


class Three:
    """Their shares of one network, from disk."""

    def __init__(self, bundle, directory, frames: int = 0, selection: str = "all"):
        """frames: of the videos that they classify."""
        chosen = rows(selection, frames) if frames else None
        write_shares(bundle, directory, chosen, Setting.THREE_ACTIVE)
        self.plan = bundle.plan
        self.shape = VideoShape(bundle.plan, frames, len(chosen)) if frames else None
        self.models = {role: load_share(directory / role.value) for role in Setting.THREE_ACTIVE.roles}

    def run(self, pictures, tamper: Tamper = honest, number: int = 0, keys=None, timeout_s: float = 60.0) -> Ended:
        """Of pictures uint8 [N, C, H, W]: levels, or a label where the shares select."""
        keys = keys or (DealerKeys.fresh(), PairKey.fresh())
        return _Run(self, pictures, tamper, number, keys, timeout_s).end()


class _Run:
    def __init__(self, three, pictures, tamper, number, keys, timeout_s):
        self.three, self.pictures, self.number = three, pictures, number
        self.keys, self.hiding = keys
        self.task: Task = Label(three.shape) if three.shape else Levels(three.plan, len(pictures))
        self.seeds = fresh_seeds()
        self.streams = Streams(STREAMS, tamper, timeout_s)
        self.out, self.inward = self.streams.out, self.streams.inward

    def ends(self, role):
        common = {
            frozenset((Role.DEALER, Role.FIRST)): self.keys.first,
            frozenset((Role.DEALER, Role.SECOND)): self.keys.second,
            frozenset(EVALUATORS): self.hiding,
        }
        others = [other for other in ROLES if other is not role]
        channels = {
            other: Both(self.out[f"prove {role.value} {other.value}"], self.inward[f"prove {other.value} {role.value}"])
            for other in others
        }
        return Ends(role, {other: common[frozenset((role, other))] for other in others}, channels)

    def end(self) -> Ended:
        parts = {Role.DEALER: self.deal, Role.FIRST: lambda: self.evaluate(0), Role.SECOND: lambda: self.evaluate(1)}
        return self.streams.end(parts, self._asked)

    def _asked(self, given):
        """As session/client.py: results of both evaluators, under the mask that the dealer and both tell."""
        if set(given) != set(ROLES):
            return None
        (first, half), (second, other) = given[Role.FIRST], given[Role.SECOND]
        bits = self.task.bits
        if not np.array_equal(first, second) or np.any(reduce(half + other - given[Role.DEALER].reshape(-1), bits)):
            return None
        return tuple(int(one) for one in reduce(first + half + other, bits).reshape(-1))

    def _halves(self):
        plan, count = self.three.plan, self.task.pictures
        return {role: image_half(plan, seed, count) for role, seed in zip(EVALUATORS, self.seeds, strict=True)}

    def deal(self):
        model = self.three.models[Role.DEALER]
        ends = self.ends(Role.DEALER)
        masks, verification = self.task.deal_proved(model, self.keys, self.number, self._halves(), ends)
        verification.run(self.inward["check first"], self.inward["check second"])
        return masks

    def evaluate(self, index):
        role, name = EVALUATORS[index], ("first", "second")[index]
        key = (self.keys.first, self.keys.second)[index]
        mine = self.task.proved_evaluation(self.three.models[role], key, self.number, self._halves()[role])
        half = mine.prepare_proved(self.ends(role))
        other = ("second", "first")[index]
        opening = CheckedOpening(
            ChannelOpening(self.out[f"open {name}"], self.inward[f"open {other}"]),
            role,
            self.hiding.hiding(self.number),
            self.out[f"check {name}"],
        )
        results = mine.run(mask_images(self.three.plan, self.pictures, self.seeds), opening)
        opening.close()
        return results.reshape(-1), half.reshape(-1)
