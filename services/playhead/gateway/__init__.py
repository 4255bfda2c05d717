"""HTTP in front of Kafka: events in, rankings and what is known of a profile out, and the live page."""
