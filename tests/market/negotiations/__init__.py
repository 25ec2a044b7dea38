"""Tests of negotiations, contracts and their registration."""
