"""Incubators: residents, space, bills, returns. Its slices come with their own issues."""
