"""Accounts of persons: sign-up, password reset, profile."""
