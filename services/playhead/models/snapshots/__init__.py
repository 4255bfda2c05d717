"""Model snapshots on the models topic: bundles of parameters, manifests, and the index of which record holds which part."""
