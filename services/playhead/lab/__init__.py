"""What looks at Playhead from outside: evaluation, benchmarks, the demo, an embedded Kafka."""
