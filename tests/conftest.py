"""Loads the profile of effort before any test does."""

from tests import effort

__all__ = ["effort"]
