"""What is wrong with an audit log, line by line, by its chain and by signed heads. Pure; needs the bytes alone.

changed     a line's hash is not its own, or the next line does not name it; also one that is spelt otherwise than it
            was written: what is named twice in it reads otherwise to people than to programs
missing     a number that no line has, between others
reordered   a line that stands behind one of a higher number; also one that stands there twice
cut         a signed head tells of a line behind the last one; or the last line is not whole
other       a signed head tells of another line of this number: it and what follows was written anew
unsigned    a head that none of the keys signed
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from services.alerts.audit.head import Head
from services.alerts.audit.line import Place, canonical, line_hash


class Harm(StrEnum):
    """Kinds of findings; the table above says what each means."""

    CHANGED = "changed"
    MISSING = "missing"
    REORDERED = "reordered"
    CUT = "cut"
    OTHER = "other"
    UNSIGNED = "unsigned"


@dataclass(frozen=True, slots=True)
class Finding:
    """first, last: numbers of the lines that it is about; of UNSIGNED: the head's place in its file."""

    harm: Harm
    first: int
    last: int
    why: str

    def __str__(self) -> str:
        lines = f"line {self.first}" if self.first == self.last else f"lines {self.first} to {self.last}"
        return f"{lines}: {self.harm.value}: {self.why}"


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found, the oldest line first. end: where the log ends. vouched: the newest head that agrees with it."""

    findings: tuple[Finding, ...]
    end: Place
    vouched: Head | None


@dataclass(frozen=True, slots=True)
class _Found:
    """A line: its number as it says it, whom it follows, its hash as it says it, and whether that is its own."""

    number: int
    previous: str
    said: str
    whole: bool


def check(lines: Iterable[bytes], heads: Sequence[Head], begin: Place | None = None) -> Checked:
    """Look at a whole log, or at an excerpt of one, which follows the line at `begin`."""
    begin = begin or Place()
    findings: list[Finding] = []
    found = list(_read(lines, begin, findings))
    known = {one.number: one for one in reversed(found)}
    end = max(known, default=begin.count)
    findings += _order(found)
    findings += _gaps(known, begin)
    findings += _chain(known, begin)
    findings += _heads(known, heads, end)
    head = known[end].said if end in known else begin.head
    agreed = [one for one in heads if one.place.count in known and known[one.place.count].said == one.place.head]
    vouched = max(agreed, key=lambda one: (one.place.count, one.at), default=None)
    ordered = sorted(set(findings), key=lambda one: (one.first, one.harm))
    return Checked(tuple(ordered), Place(end, head), vouched)


def _read(lines: Iterable[bytes], begin: Place, findings: list[Finding]) -> Iterator[_Found]:
    for place, line in enumerate(lines, begin.count + 1):
        if not line.endswith(b"\n"):
            findings.append(Finding(Harm.CUT, place, place, "it is not whole"))
            continue
        try:
            value = json.loads(line)
            body = {name: part for name, part in value.items() if name != "hash"}
            own, spelt = value["hash"] == line_hash(body), line == canonical(value) + b"\n"
            one = _Found(value["n"], str(value["previous"]), str(value["hash"]), own and spelt)
            if type(one.number) is not int or one.number <= begin.count:
                raise ValueError("no number of a line")
        except (ValueError, KeyError, TypeError, AttributeError):
            findings.append(Finding(Harm.CHANGED, place, place, "it cannot be read"))
            continue
        if not one.whole:
            why = "it is not spelt as it was written" if own else "its hash is not its own"
            findings.append(Finding(Harm.CHANGED, one.number, one.number, why))
        yield one


def _order(found: Sequence[_Found]) -> Iterator[Finding]:
    highest = 0
    seen: set[int] = set()
    for one in found:
        if one.number in seen:
            yield Finding(Harm.REORDERED, one.number, one.number, "it stands there more than once")
        elif one.number < highest:
            yield Finding(Harm.REORDERED, one.number, one.number, f"it stands behind line {highest}")
        seen.add(one.number)
        highest = max(highest, one.number)


def _gaps(known: dict[int, _Found], begin: Place) -> Iterator[Finding]:
    before = begin.count
    for number in sorted(known):
        if number > before + 1:
            yield Finding(Harm.MISSING, before + 1, number - 1, "no such line")
        before = number


def _chain(known: dict[int, _Found], begin: Place) -> Iterator[Finding]:
    for number, one in sorted(known.items()):
        if number == begin.count + 1 and one.previous != begin.head:
            yield Finding(Harm.CHANGED, number, number, "it does not follow from what was before it")
        before = known.get(number - 1)
        if before is not None and one.previous != before.said and one.whole and before.whole:
            yield Finding(Harm.CHANGED, number - 1, number, "the second does not name the first")


def _heads(known: dict[int, _Found], heads: Sequence[Head], end: int) -> Iterator[Finding]:
    later = max((one for one in heads if one.place.count > end), key=lambda one: one.place.count, default=None)
    if later is not None:
        yield Finding(Harm.CUT, end + 1, later.place.count, f"the head signed at {_at(later)} tells of them")
    others = [one for one in heads if one.place.count in known and known[one.place.count].said != one.place.head]
    if others:
        first, last = (pick(others, key=lambda one: one.place.count) for pick in (min, max))
        said = f"the head signed at {_at(first)} has another hash"
        yield Finding(Harm.OTHER, first.place.count, last.place.count, said)


def _at(head: Head) -> str:
    return head.at.isoformat(timespec="seconds")
