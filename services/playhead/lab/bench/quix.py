"""The reference: a Quix Streams application that remembers each viewer's last hundred titles and sends events on.

``python quix.py BOOTSTRAP GROUP FOLDER``, in an environment of its own (``scripts/bench-peers``): Quix Streams wants
an older confluent-kafka than Playhead. As its users would write it, with its own defaults; it imports nothing of ours.
"""

import sys
from typing import Any

KEPT = 100
BEFORE = [f"title-{number:05}" for number in range(KEPT)]
"""The titles that a new viewer starts with, so that all records are of full length."""
OFFERED, FORWARDED = "bench.offered", "bench.forwarded"


def remember(event: dict[str, Any], state: Any) -> None:
    """The title moves to the front of what the viewer watched."""
    watched = state.get("watched", BEFORE)
    state.set("watched", [event.get("title_id") or "", *watched[: KEPT - 1]])


def main(bootstrap: str, group: str, folder: str) -> None:
    """Runs until it is stopped."""
    from quixstreams import Application  # type: ignore[import-not-found]

    app = Application(
        broker_address=bootstrap,
        consumer_group=group,
        state_dir=folder,
        auto_offset_reset="earliest",
        loglevel="WARNING",
    )
    frame = app.dataframe(app.topic(OFFERED, value_deserializer="json"))
    frame = frame.update(remember, stateful=True)
    frame = frame.to_topic(app.topic(FORWARDED, value_serializer="json"))
    app.run()


if __name__ == "__main__":
    main(*sys.argv[1:4])
