"""How far the records of who read and did what were told to another system."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """From records that stay in the ward."""
    op.create_table(
        "exports",
        sa.Column("receiver", sa.String(64), nullable=False),
        sa.Column("upto", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("receiver", name="pk_exports"),
    )


def downgrade() -> None:
    """To them; a system that is told again later begins with that day."""
    op.drop_table("exports")
