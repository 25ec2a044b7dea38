"""Finding things by words, in Chinese and Latin scripts, behind an interface that more than one engine can serve."""
