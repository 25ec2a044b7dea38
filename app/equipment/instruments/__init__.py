"""Instruments: what there is, whose it is, and what it can do."""
