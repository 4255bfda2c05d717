"""The pulse of a process: a file that is touched while its event loop turns. When it stops, a supervisor ends the process."""

import asyncio
from pathlib import Path

from playhead.domain.errors import Unavailable
from playhead.runtime.settings import Settings

PULSE_S = 1.0


def pulse_path(settings: Settings, role: str) -> Path:
    """The file whose modification time is a process's last sign of life."""
    return settings.data_dir / role / f"{settings.instance}.pulse"


async def give_pulse(path: Path) -> None:
    """Touches the file every second, for as long as the event loop turns.

    Raises:
        Unavailable: the folder can't be written to.
    """
    try:
        await asyncio.to_thread(path.parent.mkdir, parents=True, exist_ok=True)
        while True:
            await asyncio.to_thread(path.touch)
            await asyncio.sleep(PULSE_S)
    except OSError as error:
        raise Unavailable(f"{path} can't be written: {error}.", "Mend PLAYHEAD_DATA_DIR.") from error
