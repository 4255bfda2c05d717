"""Generic array code: the compiler, packed ids, hashing, vocabulary, top-k."""
