"""Annotating: reading annotators' files, Label Studio, what to annotate next, likely label errors."""
