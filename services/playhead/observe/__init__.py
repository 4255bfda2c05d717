"""The metrics: declared once, and updated from here."""
