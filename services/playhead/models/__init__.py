"""Online learners with River's verbs. Each model is a table of parameters; its changed rows can be published and applied elsewhere."""
