"""The catalogue: titles as columns, and indexes, groups, rules, search and tags derived from them."""
