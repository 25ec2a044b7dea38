"""Shared instruments: catalogue, opening hours, tariffs, reservations, use, statistics and exchange."""
