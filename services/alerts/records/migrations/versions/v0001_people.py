"""Accounts and their failed sign-ins, links, devices, PINs, tokens, and who read and did what."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ID, KEY, NAME, WORD = sa.String(36), sa.String(64), sa.String(120), sa.String(40)
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """From nothing."""
    _accounts()
    _things()
    op.create_table(
        "entries",
        sa.Column("n", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("actor", ID, nullable=False),
        sa.Column("name", NAME, nullable=False),
        sa.Column("role", WORD, nullable=False),
        sa.Column("way", WORD, nullable=False),
        sa.Column("kind", WORD, nullable=False),
        sa.Column("action", WORD, nullable=False),
        sa.Column("object", NAME, nullable=False),
        sa.Column("ward", NAME),
        sa.Column("outcome", WORD, nullable=False),
        sa.PrimaryKeyConstraint("n", name="pk_entries"),
    )
    op.create_index("ix_entries_at", "entries", ["at"])
    op.create_index("ix_entries_actor_at", "entries", ["actor", "at"])


def _accounts() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", ID, nullable=False),
        sa.Column("login", NAME, nullable=False),
        sa.Column("name", NAME, nullable=False),
        sa.Column("role", WORD, nullable=False),
        sa.Column("wards", sa.JSON()),
        sa.Column("password", sa.String(200)),
        sa.Column("subject", sa.String(500)),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_accounts"),
        sa.UniqueConstraint("login", name="uq_accounts_login"),
        sa.UniqueConstraint("subject", name="uq_accounts_subject"),
    )
    op.create_table(
        "attempts",
        sa.Column("key", KEY, nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_at", MOMENT, nullable=False),
        sa.Column("closed_until", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_attempts"),
    )
    op.create_table(
        "links",
        sa.Column("key", KEY, nullable=False),
        sa.Column("account", ID, nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("ends_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT),
        sa.PrimaryKeyConstraint("key", name="pk_links"),
        sa.ForeignKeyConstraint(["account"], ["accounts.id"], name="fk_links_account"),
    )


def _things() -> None:
    op.create_table(
        "devices",
        sa.Column("id", ID, nullable=False),
        sa.Column("key", KEY, nullable=False),
        sa.Column("name", NAME, nullable=False),
        sa.Column("wards", sa.JSON()),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("made_by", ID, nullable=False),
        sa.Column("ended_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_devices"),
        sa.UniqueConstraint("key", name="uq_devices_key"),
    )
    op.create_table(
        "pins",
        sa.Column("account", ID, nullable=False),
        sa.Column("device", ID, nullable=False),
        sa.Column("pin", sa.String(200), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("account", "device", name="pk_pins"),
        sa.ForeignKeyConstraint(["account"], ["accounts.id"], name="fk_pins_account"),
        sa.ForeignKeyConstraint(["device"], ["devices.id"], name="fk_pins_device"),
    )
    op.create_table(
        "tokens",
        sa.Column("id", ID, nullable=False),
        sa.Column("key", KEY, nullable=False),
        sa.Column("name", NAME, nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("wards", sa.JSON()),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("made_by", ID, nullable=False),
        sa.Column("ends_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_tokens"),
        sa.UniqueConstraint("key", name="uq_tokens_key"),
    )


def downgrade() -> None:
    """To nothing: all that was kept is lost."""
    for table in ("entries", "tokens", "pins", "devices", "links", "attempts", "accounts"):
        op.drop_table(table)
