"""All four servers of one run in threads, over channels that a test may tamper with; how it ended for who asks."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from snni.multiparty.check.opening import CheckedOpening
from snni.multiparty.check.transcript import DIGEST, Transcript
from snni.multiparty.check.verify import Verification
from snni.multiparty.check.witness import Corrections
from snni.multiparty.keys import DealerKeys, PairKey
from snni.multiparty.model import fresh_seeds, image_half, image_masks, mask_images
from snni.multiparty.opening import ChannelOpening
from snni.multiparty.roles import EVALUATORS, Role, Setting
from snni.multiparty.select import rows
from snni.multiparty.share_files import load_share, write_shares
from snni.multiparty.task import Label, Levels, Task
from snni.multiparty.video_shape import VideoShape
from snni.ring.arithmetic import reduce
from tests.snni.multiparty.threads import Ended, Streams, Tamper, honest

STREAMS = {
    "deal": (Role.DEALER, Role.SECOND),
    "correct": (Role.WITNESS, Role.DEALER),
    "digest first": (Role.WITNESS, Role.FIRST),
    "digest second": (Role.WITNESS, Role.SECOND),
    "open first": (Role.FIRST, Role.SECOND),
    "open second": (Role.SECOND, Role.FIRST),
    "check first": (Role.FIRST, Role.DEALER),
    "check second": (Role.SECOND, Role.DEALER),
}
"""Every stream between servers: who sends, who receives."""


class Four:
    """Four servers' shares of one network, from disk."""

    def __init__(self, bundle, directory: Path, frames: int = 0, selection: str = "all") -> None:
        chosen = rows(selection, frames) if frames else None
        write_shares(bundle, directory, chosen, Setting.FOUR_ACTIVE)
        self.plan = bundle.plan
        self.models = {role: load_share(directory / role.value) for role in Setting.FOUR_ACTIVE.roles}
        self.shape = VideoShape(bundle.plan, frames, len(chosen)) if frames else None

    def run(self, pictures, tamper: Tamper = honest, number: int = 0, keys=None, timeout_s: float = 60.0) -> Ended:
        """Of pictures uint8 [N, C, H, W]: levels, or a label where the shares select."""
        task: Task = Label(self.shape) if self.shape else Levels(self.plan, len(pictures))
        return _Run(
            self, task, pictures, tamper, number, keys or (DealerKeys.fresh(), PairKey.fresh()), timeout_s
        ).end()


class _Run:
    def __init__(self, four, task, pictures, tamper, number, keys, timeout_s) -> None:
        self.four, self.task, self.pictures, self.number = four, task, pictures, number
        self.keys, self.hiding = keys
        self.seeds, self.images = fresh_seeds(), task.images
        self.streams = Streams(STREAMS, tamper, timeout_s)
        self.out, self.inward = self.streams.out, self.streams.inward

    def end(self) -> Ended:
        parts = {
            Role.DEALER: self.deal,
            Role.WITNESS: self.witness,
            Role.FIRST: lambda: self.evaluate(0),
            Role.SECOND: lambda: self.evaluate(1),
        }
        return self.streams.end(parts, self._asked)

    def _asked(self, given):
        """As session/client.py: nothing but what all four agree on."""
        if set(given) != set(Role):
            return None
        if not np.array_equal(given[Role.DEALER], given[Role.WITNESS]):
            return None
        if not np.array_equal(given[Role.FIRST], given[Role.SECOND]):
            return None
        return tuple(int(one) for one in reduce(given[Role.FIRST] + given[Role.DEALER], self.task.bits).reshape(-1))

    def deal(self):
        verification = Verification()
        masks = image_masks(self.four.plan, self.seeds, self.task.pictures)
        model = self.four.models[Role.DEALER]
        results = self.task.deal(model, self.keys, self.number, masks, self.out["deal"], verification)
        verification.hear(self.inward["correct"])
        verification.run(self.inward["check first"], self.inward["check second"])
        return results

    def _transcripts(self, sources=(None, None)):
        return [
            Transcript(key._key, self.number, self.images, seed, source)
            for key, seed, source in zip((self.keys.first, self.keys.second), self.seeds, sources, strict=True)
        ]

    def witness(self):
        first, second = self._transcripts()
        masks = image_masks(self.four.plan, self.seeds, self.task.pictures)
        corrections = Corrections(self.hiding.hiding(self.number), self.out["correct"])
        model = self.four.models[Role.WITNESS]
        results = self.task.deal(model, self.keys, self.number, masks, second, corrections)
        self.out["digest first"].send(DIGEST, first.digest())
        self.out["digest second"].send(DIGEST, second.digest())
        return results

    def evaluate(self, index):
        name = ("first", "second")[index]
        source = self.inward["deal"] if index else None
        transcript = self._transcripts((None, source))[index]
        half = image_half(self.four.plan, self.seeds[index], self.task.pictures)
        key = (self.keys.first, self.keys.second)[index]
        mine = self.task.evaluation(self.four.models[EVALUATORS[index]], key, self.number, half)
        mine.prepare(transcript if index else None)
        transcript.check(self.inward[f"digest {name}"])
        other = ("second", "first")[index]
        opening = CheckedOpening(
            ChannelOpening(self.out[f"open {name}"], self.inward[f"open {other}"]),
            EVALUATORS[index],
            self.hiding.hiding(self.number),
            self.out[f"check {name}"],
        )
        s = mask_images(self.four.plan, self.pictures, self.seeds)
        results = mine.run(s, opening)
        opening.close()
        return results
