"""Import and export of instrument lists: UNIQUIP and the national platform's form."""
