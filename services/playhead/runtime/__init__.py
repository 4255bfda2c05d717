"""The shell: Kafka, Faust, disks and clocks around a core that only computes."""
