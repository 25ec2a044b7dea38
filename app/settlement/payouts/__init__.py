"""Collected money that goes out to institutions, by two persons and a bank file."""
