"""Telling people: in-app notices and mail, one per matter, with the state re-read when it is sent."""
