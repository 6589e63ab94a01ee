"""Training, export and evaluation of models for unmask. Never needed to build or run the C program."""
