"""The public catalogue: which instrument is free soonest and what it costs whom, ready to be listed."""
