"""Credit notes: what is billed is taken back by two persons, in the current month (W21)."""
