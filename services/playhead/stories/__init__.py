"""Why a title is on a page, in a line of words: composed from what its ranking and the catalogue say, and nothing else."""
