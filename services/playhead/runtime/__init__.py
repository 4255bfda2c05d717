"""The runtime: Kafka, Faust, disks and clocks around a core that only computes."""
