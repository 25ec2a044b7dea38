"""Triggers and row-level security of the equipment module. Copied into the migration."""

from app.core.tenancy import isolate, unite
from app.equipment.tariffs import ddl as tariffs

UPGRADE: list[str] = [*tariffs.UPGRADE, *isolate("reservations", "provider_id", "payer_id")]
DOWNGRADE: list[str] = [*unite("reservations"), *tariffs.DOWNGRADE]
