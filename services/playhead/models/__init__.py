"""Online learners with River's verbs. Each is a table of parameters whose changed parts can be sent and applied."""
