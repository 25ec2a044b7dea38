"""Mending what was assigned wrongly."""
