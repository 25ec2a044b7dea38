"""Royalties."""
