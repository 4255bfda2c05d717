"""How hard the laws are tried: HYPOTHESIS_PROFILE is ``quick`` (what scripts/check takes) or ``thorough``."""

import os

from hypothesis import settings

PROFILES = {"quick": 1, "thorough": 20}
"""What numbers of examples are multiplied with."""
PROFILE = os.environ.get("HYPOTHESIS_PROFILE", "quick")
THOROUGH = PROFILE == "thorough"

for _name, _factor in PROFILES.items():
    settings.register_profile(_name, max_examples=100 * _factor, deadline=None)
settings.load_profile(PROFILE)


def tried(examples: int) -> settings:
    """Settings of a law that is tried with so many examples, more of them when thorough."""
    return settings(max_examples=examples * PROFILES[PROFILE])
