"""The demonstration: an invented catalogue, an audience of simulated viewers, and the run that shows the loop live."""
