"""The words of the house: events, titles, rankings, examples, topics, errors. Standard library and msgspec only."""
