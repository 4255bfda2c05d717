"""The titles as columns, and what follows from them alone."""
