"""The sums of every arm over the profiles of one partition: what verdicts are made of, moved by differences.

Stored beside the records they come from, and before them: they say up to which event they count, so that an event that is
folded again after a crash in between is not counted again. They name no profile: who is erased has been counted.
"""

import struct
from collections.abc import Container, Mapping
from typing import NamedTuple

import msgspec
import numpy as np

from playhead.domain.experiment_totals import ExperimentTotals
from playhead.domain.experiments import METRICS
from playhead.experiments.measures import measured
from playhead.experiments.totals import WIDTH, Floats, moments
from playhead.signals.usage import Exposure, UsageCounts

KEY = b"\xff/experiments"
"""The key of the sums among the stored records of profiles: no id of a profile, which is UTF-8."""
Sums = dict[str, dict[str, list[list[float]]]]
"""By experiment, arm and metric (in the order of METRICS): the sums of ``experiments.totals``."""
_decoder = msgspec.msgpack.Decoder(Sums)


class Moved(NamedTuple):
    """A profile whose counts have moved since it was exposed; ``old``: what they were, None for one exposed just now."""

    exposure: Exposure
    old: UsageCounts | None
    new: UsageCounts


_WATERMARK = struct.Struct(">IQ")
"""Laid out as in a profile's record: the runtime compares both."""


class Counted(NamedTuple):
    """The sums, and the offset up to which events are in them."""

    sums: Sums
    offset: int


def decode(stored: bytes | None, epoch: int) -> Counted:
    """Decodes stored sums; the offset is -1 where it is one of another epoch of the events."""
    if stored is None:
        return Counted({}, -1)
    stored_epoch, offset = _WATERMARK.unpack_from(stored)
    return Counted(_decoder.decode(stored[_WATERMARK.size :]), offset if stored_epoch == epoch else -1)


def encode(counted: Counted, epoch: int) -> bytes:
    """Encodes sums for the store."""
    return _WATERMARK.pack(epoch, counted.offset) + msgspec.msgpack.encode(counted.sums)


def moved(sums: Sums, profiles: list[Moved], known: Container[str]) -> Sums:
    """The sums with what has moved; those of experiments that are not ``known`` any more are left out."""
    grown: Sums = {name: dict(arms) for name, arms in sums.items() if name in known}
    places: dict[tuple[str, str], int] = {}
    arm = [
        places.setdefault((profile.exposure.experiment_id, profile.exposure.arm), len(places))
        for profile in profiles
    ]
    known_before = [place for place, profile in enumerate(profiles) if profile.old is not None]
    since = [profile.exposure.since for profile in profiles]
    older = [profile.old for profile in profiles if profile.old is not None]
    change = moments(*measured([profile.new for profile in profiles], since))
    change[known_before] -= moments(*measured(older, [since[place] for place in known_before]))
    added = np.zeros((len(places), len(METRICS), WIDTH))
    np.add.at(added, arm, change)
    for (experiment_id, name), more in zip(places, added, strict=True):
        arms = grown.setdefault(experiment_id, {})
        arms[name] = (_of(arms.get(name)) + more).tolist()
    return grown


def totals(experiment_id: str, parts: Mapping[int, ExperimentTotals]) -> dict[tuple[str, str], Floats]:
    """The sums of an experiment by arm and metric, over all partitions (``experiments.verdict.Totals``)."""
    added: dict[str, Floats] = {}
    for _, part in sorted(parts.items()):
        for arm, sums in part.experiments.get(experiment_id, {}).items():
            added[arm] = added.get(arm, 0.0) + _of(sums)
    return {(arm, metric): sums[n] for arm, sums in added.items() for n, metric in enumerate(METRICS)}


def _of(sums: list[list[float]] | None) -> Floats:
    """The sums as an array, zeros where there are none, or those of an older Playhead."""
    stored = np.zeros((0, 0)) if sums is None else np.array(sums, dtype=np.float64)
    return stored if stored.shape == (len(METRICS), WIDTH) else np.zeros((len(METRICS), WIDTH))
