"""Imported once by the process that all workers and gateways of these tests are forked from."""

import gc

from playhead import cli
from playhead.gateway import serve
from playhead.runtime import learn, personalize
from playhead.runtime.warmup import warm_up

__all__ = ["cli", "learn", "personalize", "serve"]

warm_up()
gc.collect()
gc.freeze()
