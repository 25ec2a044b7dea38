"""Royalties: periods, reports, bills, corrections, interest, and who gets what of the income."""
