"""HTTP in front of Kafka: accepts events, serves rankings and profile state, and the live page."""
