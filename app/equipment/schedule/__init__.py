"""When an instrument can be had: opening hours, exceptions, maintenance, and who occupies it."""
