"""The books: double entry, append only, every transaction sums to zero per currency."""
