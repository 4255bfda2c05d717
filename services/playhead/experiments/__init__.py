"""Who is in which arm, what the arms are worth, and policies that explore: pure, with randomness as an argument."""
