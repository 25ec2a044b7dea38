"""Business facts into money: charges, bills, statements, payments received, credit notes and payouts."""
