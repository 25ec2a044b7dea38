"""Search: an index registry behind one interface; a PostgreSQL engine is always there."""
