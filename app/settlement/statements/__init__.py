"""Closing a month: one statement per institution, one bill per customer."""
