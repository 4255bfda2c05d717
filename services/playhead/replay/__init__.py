"""A recorded log through the core without Kafka."""
