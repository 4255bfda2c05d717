"""Explains a ranking: it is made again from the log and the models it names, and its parts are shown."""
