"""Features of profiles and titles, computed by the same code for scoring and for learning."""
