"""The signals of a profile, its remembered state: one file a signal, each a pure fold over events."""
