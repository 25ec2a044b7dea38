"""Triggers of the equipment module. Copied into the migration."""

from app.equipment.tariffs import ddl as tariffs

UPGRADE: list[str] = [*tariffs.UPGRADE]
DOWNGRADE: list[str] = [*tariffs.DOWNGRADE]
