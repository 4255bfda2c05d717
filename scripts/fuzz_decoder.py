"""The event decoder under atheris: any bytes are an event or Rejected with a repair, never anything else."""

import sys
from pathlib import Path

try:
    import atheris
except ImportError:
    sys.exit(
        "atheris is not installed. Install it beside the locked packages: .venv/bin/python -m pip install atheris"
    )

with atheris.instrument_imports(include=["playhead.domain"]):
    from playhead.domain.decoding import decode_event
    from playhead.domain.errors import Rejected

GOLDEN = Path(__file__).parents[1] / "schemas" / "golden" / "events.jsonl"


def decode(data: bytes) -> None:
    """Decodes one input: the key is the first field that looks like a key, so that the checks behind the key are reached."""
    key = data.partition(b'"profile_id":"')[2].partition(b'"')[0] or b"p-1"
    try:
        decode_event(key, data)
    except Rejected as error:
        if not (error.reason and error.repair):
            raise RuntimeError("A rejection without its reason or repair.") from error


def corpus(folder: Path) -> None:
    """The golden events, as inputs to begin with."""
    folder.mkdir(parents=True, exist_ok=True)
    for n, line in enumerate(GOLDEN.read_bytes().splitlines()):
        (folder / f"golden-{n}").write_bytes(line)


if __name__ == "__main__":
    corpus(Path(sys.argv[-1]))
    atheris.Setup(sys.argv, decode)
    atheris.Fuzz()
