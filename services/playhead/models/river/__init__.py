"""River models beside the outcome heads: declared in the recipe, learned online, weighed by a stack, published as data."""
