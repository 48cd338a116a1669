"""The tables of the ward's database, for SQLite and PostgreSQL alike. migrations/ brings an older database to them.

Nothing here opens anything: passwords and PINs are Argon2id hashes, keys of devices, links and tokens SHA-256 of 256
random bits.
"""

from datetime import UTC, datetime

from sqlalchemy import JSON, BigInteger, Column, DateTime, ForeignKey, Index, Integer, MetaData, String, Table
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

ID, KEY, NAME, WORD = String(36), String(64), String(120), String(40)
NUMBER = BigInteger().with_variant(Integer(), "sqlite")
"""A number that the database gives: SQLite counts in columns of this type only."""


class Moment(TypeDecorator[datetime]):
    """An aware moment. SQLite keeps no time zone: it is UTC there. Raises ValueError for a naive one."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Into the database."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Out of it."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

accounts = Table(
    "accounts",
    metadata,
    Column("id", ID, primary_key=True),
    Column("login", NAME, nullable=False, unique=True),
    Column("name", NAME, nullable=False),
    Column("role", WORD, nullable=False),
    Column("wards", JSON(none_as_null=True)),
    Column("password", String(200)),
    Column("subject", String(500), unique=True),
    Column("made_at", Moment, nullable=False),
    Column("ended_at", Moment),
    Column("language", WORD),
)
"""login: in the one spelling of sign_in_name. wards: None is every ward. subject: issuer and subject of a provider.

language: of the pages, where the person has chosen one.
"""

attempts = Table(
    "attempts",
    metadata,
    Column("key", KEY, primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("last_at", Moment, nullable=False),
    Column("closed_until", Moment, nullable=False),
)
"""Failed sign-ins in a row. key: SHA-256 of what was tried, so that no mistyped password stands here as a name."""

links = Table(
    "links",
    metadata,
    Column("key", KEY, primary_key=True),
    Column("account", ID, ForeignKey("accounts.id"), nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("ends_at", Moment, nullable=False),
    Column("used_at", Moment),
)

devices = Table(
    "devices",
    metadata,
    Column("id", ID, primary_key=True),
    Column("key", KEY, nullable=False, unique=True),
    Column("name", NAME, nullable=False),
    Column("wards", JSON(none_as_null=True)),
    Column("made_at", Moment, nullable=False),
    Column("made_by", ID, nullable=False),
    Column("ended_at", Moment),
)

pins = Table(
    "pins",
    metadata,
    Column("account", ID, ForeignKey("accounts.id"), primary_key=True),
    Column("device", ID, ForeignKey("devices.id"), primary_key=True),
    Column("pin", String(200), nullable=False),
    Column("made_at", Moment, nullable=False),
)
"""pin: a hash of PIN and device key together, so that this table alone opens to no search."""

tokens = Table(
    "tokens",
    metadata,
    Column("id", ID, primary_key=True),
    Column("key", KEY, nullable=False, unique=True),
    Column("name", NAME, nullable=False),
    Column("scopes", JSON, nullable=False),
    Column("wards", JSON(none_as_null=True)),
    Column("made_at", Moment, nullable=False),
    Column("made_by", ID, nullable=False),
    Column("ends_at", Moment, nullable=False),
    Column("ended_at", Moment),
)

entries = Table(
    "entries",
    metadata,
    Column("n", NUMBER, primary_key=True, autoincrement=True),
    Column("at", Moment, nullable=False),
    Column("actor", ID, nullable=False),
    Column("name", NAME, nullable=False),
    Column("role", WORD, nullable=False),
    Column("way", WORD, nullable=False),
    Column("kind", WORD, nullable=False),
    Column("action", WORD, nullable=False),
    Column("object", NAME, nullable=False),
    Column("ward", NAME),
    Column("outcome", WORD, nullable=False),
    Index(None, "at"),
    Index(None, "actor", "at"),
)
"""Who read and did what (access_log.py); never changed, deleted only by age."""

exports = Table(
    "exports",
    metadata,
    Column("receiver", KEY, primary_key=True),
    Column("upto", NUMBER, nullable=False),
)
"""Up to which line of entries another system was told (exports.py)."""

spans = Table(
    "spans",
    metadata,
    Column("camera", NAME, primary_key=True),
    Column("began_at", Moment, primary_key=True),
    Column("ended_at", Moment, nullable=False),
    Column("sight", WORD, nullable=False),
    Column("level", Integer),
    Index(None, "camera", "ended_at"),
    Index(None, "ended_at"),
)
"""What was seen of every camera (levels.py); deleted by age."""

episodes = Table(
    "episodes",
    metadata,
    Column("id", NAME, primary_key=True),
    Column("ward", NAME, nullable=False),
    Column("room", NAME, nullable=False),
    Column("camera", NAME, nullable=False),
    Column("level", Integer, nullable=False),
    Column("raised_at", Moment, nullable=False),
    Column("ended_at", Moment),
    Column("outcome", WORD),
    Column("words", String(2000), nullable=False),
    Column("body", JSON, nullable=False),
    Index(None, "ward", "raised_at"),
    Index(None, "raised_at"),
)
"""Every alert as it last stood (history.py); deleted by age. words: what it is searched by, in small letters."""

settings_made = Table(
    "settings_made",
    metadata,
    Column("n", NUMBER, primary_key=True, autoincrement=True),
    Column("at", Moment, nullable=False),
    Column("ward", NAME, nullable=False),
    Column("scope", NAME, nullable=False),
    Column("change", WORD, nullable=False),
    Column("name", NAME, nullable=False),
    Column("details", JSON, nullable=False),
    Index(None, "ward", "at"),
)
"""What people have set for a ward, with what was before (settings_history.py); deleted by age."""
