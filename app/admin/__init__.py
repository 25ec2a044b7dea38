"""The operator's desk: the top layer, which may look at everything."""
