"""What operators see: the metrics, declared once, and what is put into them."""
