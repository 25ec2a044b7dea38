"""Tests of referrals and partners."""
