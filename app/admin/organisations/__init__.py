"""The queue of organisations that wait for verification."""
