"""What experiments, bandits and estimates promise, measured on audiences whose truth is known."""
