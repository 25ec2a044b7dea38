"""Journeys: the whole story clicked through in a real Chromium against a really serving site, in both languages."""
