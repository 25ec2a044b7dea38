"""Who belongs to an organisation, in which roles."""
