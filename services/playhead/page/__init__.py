"""Rankings as they are sent: records, rows, reasons, and their JSON."""
