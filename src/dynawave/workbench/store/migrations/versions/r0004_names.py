"""The name under which an account signs."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Forward only: a backup is the way back."""
    op.add_column("accounts", sa.Column("full_name", sa.String(length=255), nullable=False, server_default=""))
