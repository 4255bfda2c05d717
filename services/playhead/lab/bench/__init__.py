"""Benchmarks: how fast Playhead is, beside its references."""
