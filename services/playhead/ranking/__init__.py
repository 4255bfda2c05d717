"""From what is known of profiles, titles and models to an ordered list: filters, features, scores, reasons, rows."""
