"""Statement -> what a model reads."""
