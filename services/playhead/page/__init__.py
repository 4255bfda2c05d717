"""Pages and records: the rows of a page, reasons, and the JSON of rankings and decisions."""
