"""What is known of titles themselves: the catalogue as columns, vocabularies, hashed features."""
