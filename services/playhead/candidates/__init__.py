"""Which titles are considered: sources, eligibility, the pool of candidates."""
