"""The same core over a recorded log, without Kafka: replay and what is measured on it."""
