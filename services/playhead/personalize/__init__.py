"""The core of a personalize worker: (records, events) to (records, examples, rankings)."""
