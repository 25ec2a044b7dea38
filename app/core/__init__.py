"""The kernel: everything a slice stands on. It knows no business noun and imports nothing else of `app`."""
