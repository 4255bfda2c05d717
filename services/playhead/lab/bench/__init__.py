"""How fast Playhead is, beside what it is compared with."""
