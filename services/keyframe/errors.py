"""What can go wrong with one frame.

KeyframeError
└── ExamineError    a frame could not be measured, searched or cropped; carries the kind of failure, never its text
"""

from __future__ import annotations


class KeyframeError(Exception):
    """Base of everything this service raises."""


class ExamineError(KeyframeError):
    """`kind` is the failure's type name; its message is dropped, since it may quote pixels."""

    def __init__(self, kind: str) -> None:
        super().__init__(f"the frame could not be examined: {kind}")
        self.kind = kind
