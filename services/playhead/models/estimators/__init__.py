"""Playhead's learners as River estimators: for notebooks, and for River's pipelines, metrics and evaluation."""
