"""References that the engine is held against: what others do, each in one file with River's verbs."""
