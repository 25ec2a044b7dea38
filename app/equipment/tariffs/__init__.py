"""What use costs: versioned tariffs, quotes that explain every line."""
