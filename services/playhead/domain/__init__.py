"""The wire contract: events, titles, rankings, examples, topics, errors. Standard library and msgspec only."""
