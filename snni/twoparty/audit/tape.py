"""What a unit's randomness comes from: a seed that the client has committed to, and one that the server adds."""

from __future__ import annotations

import hashlib
import hmac

from snni.ring.random import Tape

SEED_BYTES = 32
COMMIT, KEY = b"veilward unit commitment", b"veilward unit tape"


def commitment(seed: bytes) -> str:
    """SHA-256 of the client's seed, hexadecimal: binding, and hiding as the seed is 256 drawn bits."""
    return hashlib.sha256(COMMIT + seed).hexdigest()


def opens(committed: str, seed: bytes) -> bool:
    """Whether this is the seed that was committed to."""
    return len(seed) == SEED_BYTES and hmac.compare_digest(commitment(seed), committed)


def tape_of(seed: bytes, added: bytes) -> Tape:
    """The unit's draws. Neither party alone decides them: the client's seed was fixed before the server's was there."""
    return Tape(hashlib.sha256(KEY + seed + added).digest()[:16])
