"""Candidate sources: cheap ways to choose a few hundred titles worth scoring, one file each."""
