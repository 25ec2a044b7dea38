"""The pages and documents of statements, bills and months."""
