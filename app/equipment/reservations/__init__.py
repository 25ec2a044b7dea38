"""Reservations: claimed in the database, approved, moved, cancelled."""
