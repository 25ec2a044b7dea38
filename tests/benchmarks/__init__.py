"""What the issue wants measured, each figure against a floor measured in the same run (`make bench`)."""
