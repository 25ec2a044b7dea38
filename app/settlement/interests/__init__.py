"""Late interest: worked out when a late fee is whole, asked for by a fee note of its own, lowered with its base."""
