"""Candidate generation: sources, eligibility, the pool of candidates."""
