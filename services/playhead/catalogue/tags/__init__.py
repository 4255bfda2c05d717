"""Content understanding: tags, moods, embeddings and micro-genres of titles, predicted from their metadata."""
