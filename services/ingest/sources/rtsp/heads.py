"""A message's head, made such that libavformat reads in it what is read of it here. Pure.

It ends lines at LF, passes over CR wherever one stands, and takes NUL for a text's end, a `$` that begins a line for a
packet, and of two lengths or transports the last. Where the two read apart, a camera would hide an answer that sends
elsewhere in what is only here a head's middle, or a body.
"""

from __future__ import annotations

import re

from services.ingest.sources.rtsp.errors import NotRtsp

END = "\r\n\r\n"
ONCE = ("content-length", "transport")
"""Headers that are no list of answers: which of two counts nobody says (RFC 2326, 12)."""
LENGTH = re.compile(r"(?i)content-length:([^\r\n]*)")
NUMBER = re.compile(r"[ \t]{0,8}(\d{1,10})[ \t]{0,8}")
MOST_BYTES = 2**31 - 1


def plain(head: str) -> str:
    """The head with CRLF at the end of each line and no CR or LF elsewhere. Raises NotRtsp where it reads two ways."""
    text = head.replace("\r", "").replace("\n", "\r\n")
    names = [line.partition(":")[0].lower() for line in text.split("\r\n")]
    if text.find(END) != len(text) - len(END) or "\0" in text or "\n$" in text:
        raise NotRtsp("a head that reads two ways")
    if any(names.count(one) > 1 for one in ONCE):
        raise NotRtsp("a header twice")
    return text


def length_of(head: str) -> int:
    """Of the body of a message with this plain head. Raises NotRtsp: a length that reads two ways."""
    lines = [found for line in head.split("\r\n") if (found := LENGTH.fullmatch(line))]
    if not lines:
        return 0
    number = NUMBER.fullmatch(lines[0][1])
    if number is None or int(number[1]) > MOST_BYTES:
        raise NotRtsp("no length of a body")
    return int(number[1])
