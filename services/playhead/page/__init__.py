"""What leaves as a ranking: records, rows, reasons, and their JSON."""
