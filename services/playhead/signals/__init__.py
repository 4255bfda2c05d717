"""What is remembered of a profile: one file a signal, each a pure fold over events."""
