"""Generic kernels over arrays: machine code, packed ids, hashing, vocabulary, top-k."""
