"""What titles are about, understood from what the catalogue says of them: tags, moods, embeddings, micro-genres."""
