"""An Apache Kafka of our own: one node, started as our child, for the demo and the tests."""

from playhead.lab.kafka.broker import EmbeddedBroker

__all__ = ["EmbeddedBroker"]
