"""Local stores that are lost, broken, full, or far behind."""

import resource
import shutil
import subprocess
from pathlib import Path
from random import Random

from tests.broker.faults.crew import Member
from tests.broker.faults.run import Run

from playhead.domain.records import Source
from playhead.domain.topics import PROFILES_CHANGELOG
from playhead.signals.record import Profile, encode

PROFILES = 100_000
SMALL_DISK_MB = 24
FLUSHED_S = 120.0


def wiped(run: Run) -> None:
    """The disk is lost with the process."""
    run.begin()
    run.pass_time(3.0)
    with run.crew.nobody_starts():
        run.mark()
        run.worker.kill()
        shutil.rmtree(run.worker.folder / "data")
    run.pass_time(2.0)
    run.answering()


def corrupted(run: Run) -> None:
    """Bytes of a store's files are overwritten while nobody has it open; each file of each kind."""
    run.begin()
    # A start brings what it recovers into such files.
    for kind in ("*.log", "MANIFEST-*", "*.sst", "CURRENT", "OPTIONS-*")[: 3 if run.options.quick else None]:
        run.pass_time(2.0)
        with run.crew.nobody_starts():
            run.mark()
            run.worker.kill()
            run.notes[f"corrupted {kind}"] = _spoil(run.worker, kind, run.rng)
        run.pass_time(1.0)
        run.answering()


def _spoil(member: Member, kind: str, rng: Random) -> int:
    spoiled = 0
    for path in sorted((member.folder / "data").rglob(f"profiles-?/{kind}")):
        content = bytearray(path.read_bytes())
        if content:
            # The first block, and some places that differ with the seed.
            for at in [100 % len(content), *(rng.randrange(len(content)) for _ in range(8))]:
                content[at] ^= 0xFF
            path.write_bytes(content)
            spoiled += 1
    return spoiled


def full(run: Run) -> None:
    """The disk of the stores has no room left for a while."""
    small = _Disk(run.crew.folder_of("personalize"))
    run.cleanup.callback(small.close)
    run.notes[f"disk full by {small.how}"] = SMALL_DISK_MB
    run.begin()
    run.pass_time(2.0)
    small.fill(run.worker)
    # RocksDB needs the disk only when its writes no longer fit into memory: 8 MB of records.
    run.wait(lambda: bool(run.crew.found("can't be used")), "said that the disk is full", FLUSHED_S)
    small.make_room(run.worker)
    run.mark()
    run.answering()


class _Disk:
    """A small file system where one may be mounted, a limit on the size of files elsewhere."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        command = ["mount", "-t", "tmpfs", "-o", f"size={SMALL_DISK_MB}m", "playhead-test", str(folder)]
        mounted = subprocess.run(command, check=False, capture_output=True).returncode == 0
        self.how = "tmpfs" if mounted else "limit"

    def fill(self, member: Member) -> None:
        """From now on nothing more can be written."""
        if self.how == "limit":
            _limit(member, 4096)
            return
        with (self._folder / "ballast").open("wb") as ballast:
            try:
                while True:
                    ballast.write(bytes(65536))
            except OSError:
                pass

    def make_room(self, member: Member) -> None:
        """As an operator does."""
        (self._folder / "ballast").unlink(missing_ok=True)
        if self.how == "limit":
            _limit(member, resource.RLIM_INFINITY)

    def close(self) -> None:
        """Give the mount back."""
        if self.how == "tmpfs":
            subprocess.run(["umount", "-l", str(self._folder)], check=False)


def _limit(member: Member, size: int) -> None:
    hard = resource.RLIM_INFINITY
    resource.prlimit(member.child.process.pid, resource.RLIMIT_FSIZE, (size, hard))


def far_behind(run: Run) -> None:
    """The changelog of 100,000 profiles must be read before the first event is answered."""
    count = PROFILES // 20 if run.options.quick else PROFILES
    value = _a_record(run)
    seeded = [(f"seeded-{number}".encode(), value) for number in range(count)]
    run.world.produce(PROFILES_CHANGELOG, seeded, **{"linger.ms": 20})
    run.seeded = dict(seeded)
    run.begin()
    with run.crew.nobody_starts():
        run.mark()
        run.worker.kill()
        shutil.rmtree(run.worker.folder / "data")
    run.pass_time(2.0)
    run.answering()
    rates = run.crew.found(r"store recovered .* records=(\d+)  seconds=(\S+)")
    last = [(int(records), float(seconds)) for records, seconds in rates[-4:]]
    # All partitions are recovered at the same time.
    run.notes["records recovered"] = sum(records for records, _ in last)
    run.notes["recovery_s"] = max(seconds for _, seconds in last)
    run.notes["records_per_s"] = round(run.notes["records recovered"] / run.notes["recovery_s"])
    run.notes["bytes a record"] = len(value)


def _a_record(run: Run) -> bytes:
    """As large as that of a profile with a past."""
    del run
    profile = Profile()
    profile.delivery_v1.version = 1
    profile.delivery_v1.ring = bytes(512)
    return encode(profile, Source(1, 0), 0)
