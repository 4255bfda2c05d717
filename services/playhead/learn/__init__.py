"""Learning: training examples from events, and the learners of the models."""
