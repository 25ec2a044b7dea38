"""Waiting for a full instrument: who is in line, and whom a freed slot is offered to."""
