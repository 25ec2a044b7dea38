"""Negotiations, contracts with their signatures, and their registration.

Revision: 0036, after 0034
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0036"
down_revision = "0034"
branch_labels = None
depends_on = None

JSON = postgresql.JSONB(astext_type=sa.Text())
MINE = "current_setting('jishi.tenant', true)"
BOTH = f"{MINE} = '*' OR owner_id::text = {MINE} OR asker_id::text = {MINE}"

# Who may see a row: both sides of the negotiation; what hangs on it follows it.
SEEN = {
    "negotiations": BOTH,
    "negotiation_offers": "EXISTS (SELECT FROM negotiations n WHERE n.id = negotiation_id)",
    "contracts": "EXISTS (SELECT FROM negotiations n WHERE n.id = negotiation_id)",
    "contract_signatures": "EXISTS (SELECT FROM contracts c WHERE c.id = contract_id)",
    "contract_registrations": f"{MINE} = '*' OR seller_id::text = {MINE} OR buyer_id::text = {MINE}",
    "contract_registration_steps": "EXISTS (SELECT FROM contract_registrations r WHERE r.id = registration_id)",
}

KEEP_SIGNED = """
CREATE FUNCTION contracts_keep_signed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a contract that both sides have signed never changes'
        USING ERRCODE = '23514', CONSTRAINT = 'contracts_keep_signed', TABLE = TG_TABLE_NAME;
END
$$
"""

# As in 0028, but a transfer bars the seller's declarations only: who has bought a patent may open it.
NO_EXCLUSIVE = """
CREATE OR REPLACE FUNCTION patents_refuse_exclusive() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM patents WHERE id = NEW.patent_id FOR UPDATE;
    IF EXISTS (
        SELECT FROM open_licences o
        WHERE o.patent_id = NEW.patent_id AND o.state IN ('filed', 'correction', 'announced', 'withdrawing')
        AND (
            EXISTS (
                SELECT FROM patent_encumbrances e
                WHERE e.patent_id = NEW.patent_id AND e.kind IN ('exclusive_licence', 'sole_licence')
                    AND (e.ends_on IS NULL OR e.ends_on > (now() AT TIME ZONE 'Asia/Shanghai')::date)
            ) OR EXISTS (
                SELECT FROM licences l
                WHERE l.patent_id = NEW.patent_id AND l.state IN ('effective', 'filed') AND (%(kinds)s)
            )
        )
    ) THEN
        RAISE EXCEPTION 'an exclusive or sole licence stands beside an open licence'
            USING ERRCODE = '23514', CONSTRAINT = 'open_licences_no_exclusive', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END
$$
"""
BEFORE = "l.kind IN ('exclusive', 'sole', 'transfer')"
SINCE = (
    "l.kind IN ('exclusive', 'sole')"
    " OR (l.kind = 'transfer' AND l.licensor_id = o.owner_id AND o.created_at <= l.created_at)"
)


def _enum(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def upgrade() -> None:
    op.create_table(
        "negotiations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("patent_id", sa.Uuid(), nullable=False),
        sa.Column("asker_id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("kind", _enum("licencekind", "open", "ordinary", "sole", "exclusive", "transfer"), nullable=False),
        sa.Column(
            "state",
            _enum(
                "negotiationstate", "asked", "offer", "agreed", "signing", "signed", "effective", "lapsed", "declined"
            ),
            nullable=False,
        ),
        sa.Column("turn", _enum("side", "asker", "owner"), nullable=False),
        sa.Column("rounds", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("lapses_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("licence_id", sa.Uuid(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_reason", sa.Text(), server_default="", nullable=False),
        sa.Column("asked_by_id", sa.Uuid(), nullable=True),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column(
            "changed_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.CheckConstraint(
            "(state IN ('lapsed', 'declined')) = (ended_at IS NOT NULL)", name=op.f("negotiations_ended_check")
        ),
        sa.CheckConstraint("kind <> 'open'", name=op.f("negotiations_not_open_check")),
        sa.CheckConstraint(
            "state NOT IN ('effective') OR licence_id IS NOT NULL", name=op.f("negotiations_effective_check")
        ),
        sa.CheckConstraint("asker_id <> owner_id", name=op.f("negotiations_parties_check")),
        sa.ForeignKeyConstraint(["asked_by_id"], ["users.id"], name=op.f("negotiations_asked_by_id_fkey")),
        sa.ForeignKeyConstraint(["asker_id"], ["organisations.id"], name=op.f("negotiations_asker_id_fkey")),
        sa.ForeignKeyConstraint(["licence_id"], ["licences.id"], name=op.f("negotiations_licence_id_fkey")),
        sa.ForeignKeyConstraint(["owner_id"], ["organisations.id"], name=op.f("negotiations_owner_id_fkey")),
        sa.ForeignKeyConstraint(["patent_id"], ["patents.id"], name=op.f("negotiations_patent_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("negotiations_pkey")),
        sa.UniqueConstraint("licence_id", name=op.f("negotiations_licence_id_key")),
        sa.UniqueConstraint("number", name=op.f("negotiations_number_key")),
    )
    op.create_index(op.f("negotiations_asked_by_id_idx"), "negotiations", ["asked_by_id"], unique=False)
    op.create_index("negotiations_asker", "negotiations", ["asker_id", "changed_at"], unique=False)
    op.create_index(
        "negotiations_one_live",
        "negotiations",
        ["patent_id", "asker_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('asked', 'offer', 'agreed', 'signing', 'signed')"),
    )
    op.create_index("negotiations_owner", "negotiations", ["owner_id", "changed_at"], unique=False)
    op.create_index(op.f("negotiations_patent_id_idx"), "negotiations", ["patent_id"], unique=False)
    op.create_index(
        "negotiations_to_lapse",
        "negotiations",
        ["lapses_at"],
        unique=False,
        postgresql_where=sa.text("state IN ('asked', 'offer', 'agreed', 'signing', 'signed')"),
    )
    op.create_table(
        "negotiation_offers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("negotiation_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("side", _enum("side", "asker", "owner"), nullable=False),
        sa.Column("made_by_id", sa.Uuid(), nullable=True),
        sa.Column(
            "price_form",
            _enum("priceform", "free", "lump_sum", "instalments", "royalty", "upfront_royalty"),
            nullable=False,
        ),
        sa.Column("lump_minor", sa.BigInteger(), nullable=False),
        sa.Column("upfront_minor", sa.BigInteger(), nullable=False),
        sa.Column("instalments", JSON, server_default=sa.text("'[]'"), nullable=False),
        sa.Column("rate", sa.BigInteger(), nullable=False),
        sa.Column("royalty_base", _enum("royaltybase", "net_sales", "profit", "output_value"), nullable=True),
        sa.Column("rate_steps", JSON, server_default=sa.text("'[]'"), nullable=False),
        sa.Column("floor_minor", sa.BigInteger(), nullable=True),
        sa.Column("cap_minor", sa.BigInteger(), nullable=True),
        sa.Column("period_months", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), server_default="CNY", nullable=False),
        sa.Column("term_months", sa.BigInteger(), nullable=True),
        sa.Column("territory", sa.Text(), nullable=False),
        sa.Column("use_text", sa.Text(), nullable=False),
        sa.Column("other_terms", sa.Text(), server_default="", nullable=False),
        sa.Column("message", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.CheckConstraint(
            "price_form <> 'free' OR (lump_minor = 0 AND upfront_minor = 0 AND rate = 0)",
            name=op.f("negotiation_offers_free_check"),
        ),
        sa.CheckConstraint(
            "price_form <> 'lump_sum' OR (lump_minor > 0 AND rate = 0)", name=op.f("negotiation_offers_lump_sum_check")
        ),
        sa.CheckConstraint(
            "price_form NOT IN ('royalty', 'upfront_royalty') OR royalty_base IS NOT NULL",
            name=op.f("negotiation_offers_royalty_check"),
        ),
        sa.CheckConstraint(
            "lump_minor >= 0 AND upfront_minor >= 0 AND rate BETWEEN 0 AND 10000 AND (floor_minor IS NULL OR floor_minor >= 0) AND (cap_minor IS NULL OR cap_minor > 0) AND (floor_minor IS NULL OR cap_minor IS NULL OR floor_minor <= cap_minor)",
            name=op.f("negotiation_offers_amounts_check"),
        ),
        sa.CheckConstraint("term_months IS NULL OR term_months > 0", name=op.f("negotiation_offers_term_check")),
        sa.ForeignKeyConstraint(["made_by_id"], ["users.id"], name=op.f("negotiation_offers_made_by_id_fkey")),
        sa.ForeignKeyConstraint(
            ["negotiation_id"], ["negotiations.id"], name=op.f("negotiation_offers_negotiation_id_fkey")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("negotiation_offers_pkey")),
        sa.UniqueConstraint("negotiation_id", "revision", name=op.f("negotiation_offers_negotiation_id_revision_key")),
    )
    op.create_index(op.f("negotiation_offers_made_by_id_idx"), "negotiation_offers", ["made_by_id"], unique=False)
    op.create_index(
        op.f("negotiation_offers_negotiation_id_idx"), "negotiation_offers", ["negotiation_id"], unique=False
    )
    op.create_table(
        "contracts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("negotiation_id", sa.Uuid(), nullable=False),
        sa.Column("offer_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("revision", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("fields", JSON, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=True),
        sa.Column("signed_hash", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column(
            "changed_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.CheckConstraint("(signed_on IS NULL) = (signed_hash = '')", name=op.f("contracts_signed_check")),
        sa.CheckConstraint(
            "sha256 = encode(sha256(convert_to(text, 'UTF8')), 'hex')", name=op.f("contracts_hash_check")
        ),
        sa.CheckConstraint("signed_hash IN ('', sha256)", name=op.f("contracts_signed_text_check")),
        sa.ForeignKeyConstraint(["negotiation_id"], ["negotiations.id"], name=op.f("contracts_negotiation_id_fkey")),
        sa.ForeignKeyConstraint(["offer_id"], ["negotiation_offers.id"], name=op.f("contracts_offer_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("contracts_pkey")),
        sa.UniqueConstraint("negotiation_id", name=op.f("contracts_negotiation_id_key")),
        sa.UniqueConstraint("number", name=op.f("contracts_number_key")),
    )
    op.create_index(op.f("contracts_offer_id_idx"), "contracts", ["offer_id"], unique=False)
    op.create_table(
        "contract_registrations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contract_id", sa.Uuid(), nullable=False),
        sa.Column("seller_id", sa.Uuid(), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("kind", _enum("licencekind", "open", "ordinary", "sole", "exclusive", "transfer"), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("seller_region", sa.Text(), nullable=False),
        sa.Column("buyer_region", sa.Text(), nullable=False),
        sa.Column(
            "state",
            _enum(
                "registrationstate",
                "draft",
                "submitted",
                "accepted",
                "supplement",
                "registered",
                "refused",
                "cancelled",
            ),
            nullable=False,
        ),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("equipment_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("materials_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("technical_minor", sa.BigInteger(), nullable=False),
        sa.Column("is_disputed", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("submitted_on", sa.Date(), nullable=True),
        sa.Column("accepted_on", sa.Date(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("registration_no", sa.Text(), server_default="", nullable=False),
        sa.Column("registered_on", sa.Date(), nullable=True),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column(
            "changed_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.CheckConstraint(
            "state <> 'accepted' OR (accepted_on IS NOT NULL AND due_on IS NOT NULL)",
            name=op.f("contract_registrations_clock_check"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('refused', 'supplement', 'cancelled') OR note <> ''",
            name=op.f("contract_registrations_note_check"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('registered', 'cancelled') OR (registration_no <> '' AND registered_on IS NOT NULL)",
            name=op.f("contract_registrations_registered_check"),
        ),
        sa.CheckConstraint(
            "total_minor >= 0 AND equipment_minor >= 0 AND materials_minor >= 0 AND technical_minor = total_minor - equipment_minor - materials_minor AND technical_minor >= 0",
            name=op.f("contract_registrations_amounts_check"),
        ),
        sa.ForeignKeyConstraint(["buyer_id"], ["organisations.id"], name=op.f("contract_registrations_buyer_id_fkey")),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contracts.id"], name=op.f("contract_registrations_contract_id_fkey")
        ),
        sa.ForeignKeyConstraint(
            ["seller_id"], ["organisations.id"], name=op.f("contract_registrations_seller_id_fkey")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("contract_registrations_pkey")),
        sa.UniqueConstraint("contract_id", name=op.f("contract_registrations_contract_id_key")),
    )
    op.create_index(op.f("contract_registrations_buyer_id_idx"), "contract_registrations", ["buyer_id"], unique=False)
    op.create_index(
        "contract_registrations_due",
        "contract_registrations",
        ["due_on"],
        unique=False,
        postgresql_where=sa.text("state = 'accepted'"),
    )
    op.create_index(op.f("contract_registrations_seller_id_idx"), "contract_registrations", ["seller_id"], unique=False)
    op.create_table(
        "contract_signatures",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contract_id", sa.Uuid(), nullable=False),
        sa.Column("side", _enum("side", "asker", "owner"), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_name", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("signer_name", sa.Text(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), server_default="", nullable=False),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "signer_name <> '' AND organisation_name <> '' AND sha256 <> ''", name=op.f("contract_signatures_who_check")
        ),
        sa.ForeignKeyConstraint(["contract_id"], ["contracts.id"], name=op.f("contract_signatures_contract_id_fkey")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("contract_signatures_organisation_id_fkey")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("contract_signatures_user_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("contract_signatures_pkey")),
    )
    op.create_index(op.f("contract_signatures_contract_id_idx"), "contract_signatures", ["contract_id"], unique=False)
    op.create_index(
        "contract_signatures_one_each",
        "contract_signatures",
        ["contract_id", "side"],
        unique=True,
        postgresql_where=sa.text("voided_at IS NULL"),
    )
    op.create_index(
        op.f("contract_signatures_organisation_id_idx"), "contract_signatures", ["organisation_id"], unique=False
    )
    op.create_index(op.f("contract_signatures_user_id_idx"), "contract_signatures", ["user_id"], unique=False)
    op.create_table(
        "contract_registration_steps",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("registration_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("made_by_id", sa.Uuid(), nullable=True),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.ForeignKeyConstraint(["made_by_id"], ["users.id"], name=op.f("contract_registration_steps_made_by_id_fkey")),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["contract_registrations.id"],
            name=op.f("contract_registration_steps_registration_id_fkey"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("contract_registration_steps_pkey")),
        sa.UniqueConstraint(
            "registration_id", "position", name=op.f("contract_registration_steps_registration_id_position_key")
        ),
    )
    op.create_index(
        op.f("contract_registration_steps_made_by_id_idx"), "contract_registration_steps", ["made_by_id"], unique=False
    )
    op.create_index(
        op.f("contract_registration_steps_registration_id_idx"),
        "contract_registration_steps",
        ["registration_id"],
        unique=False,
    )

    for table, seen in SEEN.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY tenant ON {table} USING ({seen}) WITH CHECK ({seen})")
    for table in ("negotiation_offers", "contract_registration_steps"):
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change()"
        )
    op.execute(KEEP_SIGNED)
    op.execute(
        "CREATE TRIGGER contracts_keep_signed BEFORE UPDATE ON contracts FOR EACH ROW"
        " WHEN (OLD.signed_hash <> '' AND (NEW.text, NEW.signed_hash) IS DISTINCT FROM (OLD.text, OLD.signed_hash))"
        " EXECUTE FUNCTION contracts_keep_signed()"
    )
    op.execute(NO_EXCLUSIVE % {"kinds": SINCE})


def downgrade() -> None:
    op.execute(NO_EXCLUSIVE % {"kinds": BEFORE})
    for table in reversed(SEEN):
        op.drop_table(table)
    op.execute("DROP FUNCTION contracts_keep_signed()")
