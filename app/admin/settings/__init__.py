"""The run-time settings of all modules."""
