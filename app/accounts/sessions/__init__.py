"""Signing in and out, and the browsers that are signed in."""
