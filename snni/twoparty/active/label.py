"""A video's label on authenticated bits: exactly `snni.model.video_label`'s law, rounding half up.

Its steps are those of the other suites, as circuits: ReLU, sums; the leading one of a sum by ORs from the top, and a
shift to each of its places; the reciprocal from a tree of choices over the public table; products; sums; argmax.
"""

from __future__ import annotations

import numpy as np

from snni.model.video_label import INDEX_BITS, NUMERATOR_BITS, LabelLaw, reciprocals
from snni.twoparty.active.places import taken
from snni.twoparty.active.shares import Shares, joined, stacked, zeros
from snni.twoparty.active.words import Arithmetic, bits_of, extended, largest, shifted_up

RECIPROCAL_WIDTH = 12
"""Bits of the largest reciprocal, 2^11."""


def most_label_ands(law: LabelLaw) -> int:
    """A bound on what `label_of` takes."""
    width = law.sum_bits + 1
    tree = RECIPROCAL_WIDTH << (INDEX_BITS - 1)
    product = 2 * RECIPROCAL_WIDTH * law.window
    each = law.classes * (2 * width + width * width + product + 2 * law.window) + 3 * width + width * width + tree
    return law.frames * each + 4 * law.classes * (law.window + law.classes)


def label_of(words: Arithmetic, law: LabelLaw, scores: Shares) -> Shares:
    """scores: words [score bits, n, C]. The label's bits."""
    positive = words.land(words.lnot(scores[-1]).over(scores[:-1].shape), scores[:-1])
    each = [_class(positive, at) for at in range(law.classes)]
    total = words.total([extended(one, law.sum_bits, signed=False) for one in each])
    lead = _leading(words, total)
    along = [_brought(words, lead, extended(one, law.sum_bits, signed=False)) for one in (total, *each)]
    inverse = _reciprocal(words, _rounded(words, along[0], law.sum_bits - INDEX_BITS))
    equal = words.constant(np.full(law.frames, law.equal_share), law.window)
    some = _any(lead)
    sums = []
    for numerator in along[1:]:
        of_one = _product(words, _rounded(words, numerator, law.sum_bits - NUMERATOR_BITS), inverse, law.window)
        chosen = words.select(some, of_one, equal)
        sums.append(words.total([taken(chosen, 1, at) for at in range(law.frames)]))
    side = stacked(sums)  # [C, bits]
    turned = Shares(side.bits.T, side.codes.transpose(1, 0, 2), side.keys.transpose(1, 0, 2))
    return largest(words, turned)


def _class(word: Shares, at: int) -> Shares:
    """[bits, n] of [bits, n, C]."""
    return Shares(word.bits[..., at], word.codes[:, :, at], word.keys[:, :, at])


def _leading(words: Arithmetic, total: Shares) -> Shares:
    """One bit a place: whether the sum's highest one stands there."""
    seen, made = zeros(*total.shape[1:]), []
    for place in reversed(range(len(total))):
        bit = total[place]
        now = bit ^ seen ^ words.land(bit, seen)
        made.append(now ^ seen)
        seen = now
    return stacked(made[::-1])


def _any(lead: Shares) -> Shares:
    """Whether there is a one: at most one place has it."""
    found = lead[0]
    for place in range(1, len(lead)):
        found = found ^ lead[place]
    return found


def _brought(words: Arithmetic, lead: Shares, value: Shares) -> Shares:
    """The value times the power of two that brings the sum's highest one to the top; 0 where there is none."""
    moved = [shifted_up(value, len(lead) - 1 - place) for place in range(len(lead))]
    chosen = words.land(stacked([lead[at].over(value.shape) for at in range(len(lead))]), stacked(moved))
    out = chosen[0]
    for place in range(1, len(lead)):
        out = out ^ chosen[place]
    return out


def _rounded(words: Arithmetic, value: Shares, shift: int) -> Shares:
    """value / 2^shift, half up, one bit wider than what is left."""
    wider = extended(value, len(value) + 1, signed=False)
    if not shift:
        return wider
    return words.add(wider, words.constant(np.full(value.shape[1:], 1 << (shift - 1)), len(wider)))[shift:]


def _reciprocal(words: Arithmetic, index: Shares) -> Shares:
    """Of the law's table at words of 11 bits: 512 to 1023 by a tree over the nine low bits, 1024 by the top one."""
    table = reciprocals()
    low = table[1 << (INDEX_BITS - 1) : 1 << INDEX_BITS]
    shape = index.shape[1:]
    row = [words.constant(np.full(shape, value), RECIPROCAL_WIDTH) for value in low]
    for place in range(INDEX_BITS - 1):
        pairs = stacked(row[1::2]) ^ stacked(row[0::2])
        bit = index[place].over(pairs.shape)
        picked = stacked(row[0::2]) ^ (_known(bit, low) if place == 0 else words.land(bit, pairs))
        row = [picked[at] for at in range(len(picked))]
    one = words.constant(np.full(shape, table[1 << INDEX_BITS]), RECIPROCAL_WIDTH)
    return words.select(index[INDEX_BITS], one, row[0])


def _known(bit: Shares, table: np.ndarray[tuple[int], np.dtype[np.uint32]]) -> Shares:
    """A bit [pairs, width, ...] times what neighbours in the table differ by, which both know: without a message."""
    differ = bits_of((table[0::2] ^ table[1::2]).astype(np.int64), RECIPROCAL_WIDTH).T
    return bit.times(np.broadcast_to(differ.reshape(*differ.shape, *[1] * (bit.bits.ndim - 2)), bit.shape).copy())


def _product(words: Arithmetic, x: Shares, y: Shares, bits: int) -> Shares:
    """x y mod 2^bits, neither negative."""
    rows = []
    for place in range(len(y)):
        product = words.land(y[place].over(x.shape), x)
        rows.append(extended(joined([zeros(place, *x.shape[1:]), product]), bits, signed=False))
    return words.total(rows)
