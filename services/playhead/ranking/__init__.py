"""Ranking: from profiles, titles and models to an ordered list of titles: features, scores, exploration, business rules."""
