"""Evaluation: what is measured on the core over a recorded log, without Kafka."""
