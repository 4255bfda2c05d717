"""River models beside the outcome heads: declared in the recipe, learned online, combined by stacking, published as data."""
