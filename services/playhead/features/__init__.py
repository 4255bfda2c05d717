"""What scoring and learning see of a profile and of a title, computed by the same code."""
