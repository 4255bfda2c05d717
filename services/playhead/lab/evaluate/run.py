"""An evaluation from the log to its result, and results from and to files."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from playhead.domain.errors import Unavailable
from playhead.lab.evaluate.baselines.registry import baselines, left_out
from playhead.lab.evaluate.engines import CORE, Contender, Live, WithFrozen, ablated, recipes_without
from playhead.lab.evaluate.fatigue import ARMS
from playhead.lab.evaluate.head_references import HeadReference, head_references
from playhead.lab.evaluate.households import APART, Households, Merged, households
from playhead.lab.evaluate.prequential import Course
from playhead.lab.evaluate.result import result
from playhead.lab.evaluate.small_market import Alone, AmongOthers, judged_by, viewers_of_market
from playhead.lab.evaluate.targets import Plan, Progress, plan


@dataclass(frozen=True, slots=True)
class EvaluateOptions:
    """What is to be measured on which log; ``limit``: only its first lines; ``without``: parts that are left out, each (``ablated``)."""

    events: Path
    titles: Path | None = None
    limit: int | None = None
    core: bool = True
    baselines: bool = False
    ablate: bool = False
    without: tuple[str, ...] = ()
    frozen_session: bool = False
    fatigue: bool = False
    merge_profiles: int | None = None
    small_market: int | None = None


def run(
    options: EvaluateOptions, reading: Progress | None = None, ranking: Progress | None = None
) -> dict[str, Any]:
    """Runs the evaluation; reports progress in bytes while it reads the log, in lines while it ranks.

    Raises:
        Unavailable: a file can't be read, nothing is consumed in the log, or no part is called so.
        FloatingPointError: a score is not finite.
    """
    merged = _households(options)
    made = plan(options.events, options.titles, options.limit, reading, merged)
    references = head_references() if options.baselines and options.core else []
    small = options.small_market is not None
    contenders = _in_small_market(options, made) if small else _contenders(options, references, merged)
    names = [reference.name for reference in references]
    course = Course(made, contenders, baselines, names) if options.baselines else Course(made, contenders)
    outcomes = course.run(options.events, options.titles, options.limit, ranking)
    evaluated = result(made, outcomes, course.settled.rows, course.settled.beside)
    evaluated["left_out"] = left_out(len(made.titles)) if options.baselines else ""
    evaluated["rejected"] = _rejected(contenders)
    return evaluated


def _households(options: EvaluateOptions) -> Households | None:
    if options.merge_profiles is None:
        return None
    return households(options.events, options.merge_profiles, options.limit)


def _contenders(
    options: EvaluateOptions, references: list[HeadReference], merged: Households | None
) -> list[Contender]:
    if merged is not None:
        lesser = recipes_without(("household", *options.without))
        less = [Merged(f"without {part}", merged, recipe) for part, recipe in lesser.items()]
        apart = [Live(APART), Live(f"{APART}, without household", lesser["household"])]
        return [Merged(CORE, merged), *less, *apart]
    if not options.core:
        return []
    live: Contender = (
        WithFrozen(references) if options.frozen_session else Live(predicts=True, references=references)
    )
    others = [Live(name, recipe) for name, recipe in ARMS.items() if name != CORE] if options.fatigue else []
    parts = ablated(options.without) if options.ablate or options.without else []
    return [live, *parts, *others]


def _in_small_market(options: EvaluateOptions, made: Plan) -> list[Contender]:
    viewers = viewers_of_market(options.events, options.small_market or 0, options.limit)
    judged_by(made, viewers)
    return [AmongOthers(viewers), Alone(viewers)]


def _rejected(contenders: list[Contender]) -> dict[str, Any]:
    rejected = contenders[0].core.tally.rejected if contenders else []
    first = f"line {rejected[0][0]}: {rejected[0][1]}" if rejected else ""
    return {"lines": len(rejected), "first": first}


def write(path: Path, evaluated: dict[str, Any]) -> None:
    """Writes a result as a JSON file."""
    path.write_bytes(orjson.dumps(evaluated, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


def read(path: Path) -> dict[str, Any]:
    """Reads a result from a JSON file.

    Raises:
        Unavailable: it can't be read, or is no result.
    """
    try:
        evaluated = orjson.loads(path.read_bytes())
    except OSError as error:
        raise Unavailable(
            f"{path} can't be read: {error.strerror}.", "Name a file that --json wrote."
        ) from error
    except orjson.JSONDecodeError as error:
        raise Unavailable(f"{path} is not JSON: {error}.", "Name a file that --json wrote.") from error
    if not isinstance(evaluated, dict) or "tasks" not in evaluated:
        raise Unavailable(f"{path} is no result.", "Name a file that --json wrote.")
    return evaluated
