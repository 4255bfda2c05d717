"""What events teach, and learning from it."""
