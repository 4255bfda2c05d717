"""Producers with transactions: they commit, abort, or die within one."""

from tests.broker.faults.run import Run
from tests.broker.faults.story import START_MS, event
from tests.broker.transactions import opened

from playhead.domain.topics import EVENTS

TIMEOUT_MS = 4_000
"""After which the broker ends the transaction of who has died; it looks every ten seconds."""
OPEN_S = 0.5
"""Long enough for what is in a transaction to be folded and ranked, if it is read too early."""
FATES = ("abort", "commit")


def aborted(run: Run) -> None:
    """Transactions that are committed, aborted, or left open by one who died; those that don't count erase profiles."""
    run.begin()
    run.answering()
    run.mark()
    fates = FATES * (1 if run.options.quick else 8)
    for number, fate in enumerate((*fates, *(() if run.options.quick else ("die", "commit")))):
        visits = [event("page_viewed", profile, f"{fate}-{number}", START_MS) for profile in run.profiles]
        erasures = [
            event("profile_erased", profile, f"forget-{number}", START_MS) for profile in run.profiles
        ]
        records = visits if fate == "commit" else [*visits, *erasures, *visits]
        producer = opened(
            run.world.settings,
            EVENTS,
            [(act.key, act.value) for act in records],
            name=f"foreign-{number}",
            timeout_ms=TIMEOUT_MS,
        )
        run.pass_time(OPEN_S)
        if fate == "commit":
            producer.commit_transaction()
        elif fate == "abort":
            producer.abort_transaction()
        else:
            # It lives as long as the run, and does nothing any more.
            run.cleanup.callback(producer.purge)
        if fate != "die":
            run.answering()
