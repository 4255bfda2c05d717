"""The reference: a bare Faust agent that receives an event and sends the same on, and does nothing else.

``python -m playhead.lab.bench.bare BOOTSTRAP GROUP FOLDER``: Faust as it comes, no setting of it is changed, but
for its web server, which would take a port.
"""

import os
import sys
from typing import Any

import faust

from playhead.lab.bench.topics import FORWARDED, OFFERED
from playhead.process.parent import watch_parent


def bare_app(bootstrap: str, group: str, folder: str) -> Any:
    """The app with its one agent."""
    app = faust.App(group, broker=f"kafka://{bootstrap}", datadir=folder, web_enabled=False)
    forwarded = app.topic(FORWARDED, key_type=bytes, value_type=bytes)

    async def forward(stream: Any) -> None:
        async for event in stream.events():
            await forwarded.send(key=event.key, value=event.value)

    app.agent(app.topic(OFFERED, key_type=bytes, value_type=bytes))(forward)
    return app


if __name__ == "__main__":
    if parent := os.environ.get("PLAYHEAD_PARENT"):
        watch_parent(int(parent))
    faust.Worker(bare_app(*sys.argv[1:4]), loglevel="WARN").execute_from_commandline()
