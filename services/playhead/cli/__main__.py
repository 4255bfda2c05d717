"""Makes ``python -m playhead.cli`` the same as ``playhead``."""

from playhead.cli import main

main()
