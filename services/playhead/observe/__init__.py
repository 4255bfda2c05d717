"""What operators see: the metrics, declared once."""
