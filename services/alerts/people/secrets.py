"""Keys that programs, browsers and links carry, and what is kept of them. Made by the operating system: 256 bits.

A key of 256 random bits is not guessed, so SHA-256 of it is enough at rest; what people choose goes through
services/alerts/people/passwords.py.
"""

import hashlib
import hmac
import secrets

KEY_BYTES = 32
KEY_CHARACTERS = 43


def new_key() -> str:
    """43 characters of base64url, 256 random bits."""
    return secrets.token_urlsafe(KEY_BYTES)


def new_id() -> str:
    """An id that names something and opens nothing: 32 hexadecimal digits, 128 random bits."""
    return secrets.token_hex(16)


def kept_key(key: str) -> str:
    """What is kept of a key: 64 hexadecimal digits."""
    return hashlib.sha256(key.encode()).hexdigest()


def form_token(key: str) -> str:
    """The token that shows that a form or script was given to whoever holds the key; it does not tell the key."""
    return hmac.digest(key.encode(), b"veilward form", "sha256").hex()


def is_form_token(token: str, key: str) -> bool:
    """Whether a token belongs to a key; in constant time."""
    return hmac.compare_digest(token.encode(), form_token(key).encode())
