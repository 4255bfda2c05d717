"""How the models travel: bundles of parameters, manifests, and which record of the topic holds what."""
