"""Reservations and real use.

Revision: 0009, after 0008
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reservations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("instrument_id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("payer_id", sa.Uuid(), nullable=False),
        sa.Column("booker_id", sa.Uuid(), nullable=False),
        sa.Column("period", postgresql.TSTZRANGE(), nullable=False),
        sa.Column("booked_period", postgresql.TSTZRANGE(), nullable=True),
        sa.Column("delayed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "pending",
                "confirmed",
                "in_use",
                "finished",
                "cancelled",
                "declined",
                "expired",
                "no_show",
                name="reservationstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "occupies",
            sa.Boolean(),
            sa.Computed("state IN ('pending', 'confirmed', 'in_use', 'finished')", persisted=True),
            nullable=False,
        ),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("with_operator", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("tariff_id", sa.Uuid(), nullable=False),
        sa.Column("payer_class", sa.Text(), nullable=False),
        sa.Column("is_internal", sa.Boolean(), nullable=False),
        sa.Column("estimate_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("quote", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("cancellation", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("cancellation_fee_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("is_fee_waived", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("answer_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by_id", sa.Uuid(), nullable=True),
        sa.Column("decline_reason", sa.Text(), server_default="", nullable=False),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancel_reason", sa.Text(), server_default="", nullable=False),
        sa.Column("is_walk_in", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("revision", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column(
            "changed_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.CheckConstraint("state NOT IN ('declined') OR decline_reason <> ''", name=op.f("reservations_reason_check")),
        sa.CheckConstraint(
            "estimate_minor >= 0 AND cancellation_fee_minor >= 0", name=op.f("reservations_amounts_check")
        ),
        sa.ForeignKeyConstraint(["answered_by_id"], ["users.id"], name=op.f("reservations_answered_by_id_fkey")),
        sa.ForeignKeyConstraint(["booker_id"], ["users.id"], name=op.f("reservations_booker_id_fkey")),
        sa.ForeignKeyConstraint(
            ["id", "instrument_id", "period", "occupies"],
            ["occupations.id", "occupations.instrument_id", "occupations.period", "occupations.active"],
            name="reservations_occupation",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(["instrument_id"], ["instruments.id"], name=op.f("reservations_instrument_id_fkey")),
        sa.ForeignKeyConstraint(["payer_id"], ["organisations.id"], name=op.f("reservations_payer_id_fkey")),
        sa.ForeignKeyConstraint(["provider_id"], ["organisations.id"], name=op.f("reservations_provider_id_fkey")),
        sa.ForeignKeyConstraint(["tariff_id"], ["tariffs.id"], name=op.f("reservations_tariff_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("reservations_pkey")),
        sa.UniqueConstraint("number", name=op.f("reservations_number_key")),
    )
    op.create_index(
        "reservations_answer_due",
        "reservations",
        ["answer_due_at"],
        unique=False,
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_index(op.f("reservations_answered_by_id_idx"), "reservations", ["answered_by_id"], unique=False)
    op.create_index(op.f("reservations_booker_id_idx"), "reservations", ["booker_id"], unique=False)
    op.create_index(
        "reservations_instrument", "reservations", ["instrument_id", sa.literal_column("lower(period)")], unique=False
    )
    op.create_index(op.f("reservations_instrument_id_idx"), "reservations", ["instrument_id"], unique=False)
    op.create_index(
        "reservations_payer", "reservations", ["payer_id", sa.literal_column("lower(period) DESC")], unique=False
    )
    op.create_index(op.f("reservations_payer_id_idx"), "reservations", ["payer_id"], unique=False)
    op.create_index(
        "reservations_provider",
        "reservations",
        ["provider_id", "state", sa.literal_column("lower(period)")],
        unique=False,
    )
    op.create_index(op.f("reservations_provider_id_idx"), "reservations", ["provider_id"], unique=False)
    op.create_index(op.f("reservations_tariff_id_idx"), "reservations", ["tariff_id"], unique=False)
    op.create_table(
        "uses",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reservation_id", sa.Uuid(), nullable=False),
        sa.Column("instrument_id", sa.Uuid(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_by_id", sa.Uuid(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by_id", sa.Uuid(), nullable=True),
        sa.Column(
            "consumables", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.Column("fault", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "running",
                "review",
                "to_confirm",
                "objected",
                "accepted",
                name="usestate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("review_reason", sa.Text(), server_default="", nullable=False),
        sa.Column("charge_id", sa.Uuid(), nullable=True),
        sa.Column("answer_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.CheckConstraint("state IN ('running', 'review') OR ended_at IS NOT NULL", name=op.f("uses_ended_check")),
        sa.CheckConstraint("ended_at IS NULL OR ended_at > started_at", name=op.f("uses_order_check")),
        sa.ForeignKeyConstraint(["ended_by_id"], ["users.id"], name=op.f("uses_ended_by_id_fkey")),
        sa.ForeignKeyConstraint(["instrument_id"], ["instruments.id"], name=op.f("uses_instrument_id_fkey")),
        sa.ForeignKeyConstraint(["reservation_id"], ["reservations.id"], name=op.f("uses_reservation_id_fkey")),
        sa.ForeignKeyConstraint(["started_by_id"], ["users.id"], name=op.f("uses_started_by_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("uses_pkey")),
        sa.UniqueConstraint("reservation_id", name=op.f("uses_reservation_id_key")),
    )
    op.create_index(
        "uses_answer_due", "uses", ["answer_due_at"], unique=False, postgresql_where=sa.text("state = 'to_confirm'")
    )
    op.create_index(op.f("uses_ended_by_id_idx"), "uses", ["ended_by_id"], unique=False)
    op.create_index(op.f("uses_instrument_id_idx"), "uses", ["instrument_id"], unique=False)
    op.create_index(
        "uses_one_running", "uses", ["instrument_id"], unique=True, postgresql_where=sa.text("state = 'running'")
    )
    op.create_index(op.f("uses_started_by_id_idx"), "uses", ["started_by_id"], unique=False)
    op.create_table(
        "use_objections",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("use_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("recorded_minutes", sa.BigInteger(), nullable=False),
        sa.Column("claimed_minutes", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("raised_by_id", sa.Uuid(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("answer_due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("overdue_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer", sa.Text(), server_default="", nullable=False),
        sa.Column("offered_minutes", sa.BigInteger(), nullable=True),
        sa.Column("answered_by_id", sa.Uuid(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("offer_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("escalated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_minutes", sa.BigInteger(), nullable=True),
        sa.Column("decided_by_id", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["answered_by_id"], ["users.id"], name=op.f("use_objections_answered_by_id_fkey")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["users.id"], name=op.f("use_objections_decided_by_id_fkey")),
        sa.ForeignKeyConstraint(["raised_by_id"], ["users.id"], name=op.f("use_objections_raised_by_id_fkey")),
        sa.ForeignKeyConstraint(["use_id"], ["uses.id"], name=op.f("use_objections_use_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("use_objections_pkey")),
        sa.UniqueConstraint("number", name=op.f("use_objections_number_key")),
    )
    op.create_index(op.f("use_objections_answered_by_id_idx"), "use_objections", ["answered_by_id"], unique=False)
    op.create_index(op.f("use_objections_decided_by_id_idx"), "use_objections", ["decided_by_id"], unique=False)
    op.create_index(
        "use_objections_escalated",
        "use_objections",
        ["escalated_at"],
        unique=False,
        postgresql_where=sa.text("escalated_at IS NOT NULL"),
    )
    op.create_index(
        "use_objections_offered",
        "use_objections",
        ["offer_due_at"],
        unique=False,
        postgresql_where=sa.text("decided_at IS NULL AND escalated_at IS NULL AND offer_due_at IS NOT NULL"),
    )
    op.create_index(
        "use_objections_one_open",
        "use_objections",
        ["use_id"],
        unique=True,
        postgresql_where=sa.text("decided_at IS NULL"),
    )
    op.create_index(op.f("use_objections_raised_by_id_idx"), "use_objections", ["raised_by_id"], unique=False)
    op.create_index(
        "use_objections_unanswered",
        "use_objections",
        ["answer_due_at"],
        unique=False,
        postgresql_where=sa.text("answered_at IS NULL AND decided_at IS NULL AND overdue_at IS NULL"),
    )
    op.create_index(op.f("use_objections_use_id_idx"), "use_objections", ["use_id"], unique=False)
    op.create_table(
        "use_reports",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("device_key", sa.Text(), nullable=False),
        sa.Column("use_id", sa.Uuid(), nullable=True),
        sa.Column("reservation_id", sa.Uuid(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("pressed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "received_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["reservation_id"], ["reservations.id"], name=op.f("use_reports_reservation_id_fkey")),
        sa.ForeignKeyConstraint(["use_id"], ["uses.id"], name=op.f("use_reports_use_id_fkey")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("use_reports_user_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("use_reports_pkey")),
        sa.UniqueConstraint("device_key", name=op.f("use_reports_device_key_key")),
    )
    op.create_index(op.f("use_reports_reservation_id_idx"), "use_reports", ["reservation_id"], unique=False)
    op.create_index(op.f("use_reports_use_id_idx"), "use_reports", ["use_id"], unique=False)
    op.create_index(op.f("use_reports_user_id_idx"), "use_reports", ["user_id"], unique=False)
    op.execute("ALTER TABLE reservations ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE reservations FORCE ROW LEVEL SECURITY")
    op.execute(
        """
CREATE POLICY tenant ON reservations
    USING  (current_setting('jishi.tenant', true) = '*'
    OR provider_id::text = current_setting('jishi.tenant', true)
    OR payer_id::text = current_setting('jishi.tenant', true))
    WITH CHECK  (current_setting('jishi.tenant', true) = '*'
    OR provider_id::text = current_setting('jishi.tenant', true)
    OR payer_id::text = current_setting('jishi.tenant', true))
"""
    )


def downgrade() -> None:
    op.execute("DROP POLICY tenant ON reservations")
    op.execute("ALTER TABLE reservations NO FORCE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE reservations DISABLE ROW LEVEL SECURITY")
    op.drop_table("use_reports")
    op.drop_table("use_objections")
    op.drop_table("uses")
    op.drop_table("reservations")
