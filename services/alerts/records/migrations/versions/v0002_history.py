"""Alerts, levels and settings over days; the language that somebody has chosen."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

NAME, WORD = sa.String(120), sa.String(40)
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """From people and records alone."""
    op.add_column("accounts", sa.Column("language", WORD))
    op.create_table(
        "spans",
        sa.Column("camera", NAME, nullable=False),
        sa.Column("began_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=False),
        sa.Column("sight", WORD, nullable=False),
        sa.Column("level", sa.Integer()),
        sa.PrimaryKeyConstraint("camera", "began_at", name="pk_spans"),
    )
    op.create_index("ix_spans_camera_ended_at", "spans", ["camera", "ended_at"])
    op.create_index("ix_spans_ended_at", "spans", ["ended_at"])
    _episodes()
    op.create_table(
        "settings_made",
        sa.Column("n", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("ward", NAME, nullable=False),
        sa.Column("scope", NAME, nullable=False),
        sa.Column("change", WORD, nullable=False),
        sa.Column("name", NAME, nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("n", name="pk_settings_made"),
    )
    op.create_index("ix_settings_made_ward_at", "settings_made", ["ward", "at"])


def _episodes() -> None:
    op.create_table(
        "episodes",
        sa.Column("id", NAME, nullable=False),
        sa.Column("ward", NAME, nullable=False),
        sa.Column("room", NAME, nullable=False),
        sa.Column("camera", NAME, nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("raised_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT),
        sa.Column("outcome", WORD),
        sa.Column("words", sa.String(2000), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_episodes"),
    )
    op.create_index("ix_episodes_ward_raised_at", "episodes", ["ward", "raised_at"])
    op.create_index("ix_episodes_raised_at", "episodes", ["raised_at"])


def downgrade() -> None:
    """To people and records alone: what was kept of alerts, levels and settings is lost; the audit log has them."""
    for table in ("settings_made", "episodes", "spans"):
        op.drop_table(table)
    op.drop_column("accounts", "language")  # in place: what refers to accounts stays
