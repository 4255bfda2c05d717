"""Processes on one machine: children, their parent's death, supervision."""
