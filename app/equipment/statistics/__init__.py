"""Figures: booked, used and shared hours, utilisation and income."""
