"""Tests of late interest."""
