"""Whether an evaluator was dealt what the witness would have dealt: both hash it, and the witness sends its hash.

Joint message passing (SWIFT, eprint 2020/592, section III): one of two who can make a message sends it, the other its
hash. The hash begins with what else the evaluator was told by others: its key, the run, its seed.
"""

from __future__ import annotations

import hashlib
import hmac

from snni.errors import DeviationError
from snni.wire.channel import Channel, Payload
from snni.wire.framing import MAX_FRAME_BYTES

DIGEST = 0x65  # frame tag, from the witness to either evaluator: of all that a run's dealing is to it
DIGEST_BYTES = 32


class Transcript:
    """Frames in order, hashed. A channel to nowhere for who makes them, or before the one that they come by."""

    def __init__(self, key: bytes, number: int, images: int, seed: bytes, source: Channel | None = None) -> None:
        """key: the pair's. images: of the run, 0 for a video. seed: of this evaluator's halves of its masks."""
        self._hash = hashlib.blake2b(digest_size=DIGEST_BYTES)
        self._source = source
        for part in (key, number.to_bytes(8, "little"), images.to_bytes(8, "little"), seed):
            self._frame(0, part)

    def send(self, tag: int, payload: Payload) -> None:
        """Nothing is sent."""
        self._frame(tag, payload)

    def recv(self, tag: int, limit: int = MAX_FRAME_BYTES) -> memoryview:
        """The source's next frame."""
        if self._source is None:
            raise ValueError("nothing comes by a transcript without a source")
        payload = self._source.recv(tag, limit)
        self._frame(tag, payload)
        return payload

    @property
    def bytes_sent(self) -> int:
        return 0

    @property
    def bytes_received(self) -> int:
        return 0

    @property
    def flights(self) -> int:
        return 0

    def close(self) -> None:
        """Nothing to close."""

    def digest(self) -> bytes:
        return self._hash.digest()

    def check(self, witness: Channel) -> None:
        """Hear the witness's. Raises DeviationError: it is of something else."""
        if not hmac.compare_digest(bytes(witness.recv(DIGEST, DIGEST_BYTES)), self.digest()):
            raise DeviationError("what was dealt is not what the witness would have dealt")

    def _frame(self, tag: int, payload: Payload) -> None:
        self._hash.update(bytes([tag]) + len(payload).to_bytes(8, "little"))
        self._hash.update(payload)
