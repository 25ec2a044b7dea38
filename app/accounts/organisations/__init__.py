"""Registering, describing and verifying organisations."""
