"""Proceeds of pledged patents: held until prepayment or deposit is chosen."""
