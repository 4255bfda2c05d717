"""The definition of an experiment: its profiles, the settings of each arm, its metrics and guardrails."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from playhead.domain.fields import Country, Share, Text

ExperimentId = Annotated[str, Meta(min_length=1, max_length=128)]
Name = Annotated[str, Meta(min_length=1, max_length=64)]
Setting = bool | float | str | tuple[str, ...]
Settings = Annotated[
    dict[str, Setting],
    Meta(
        max_length=64,
        description="What the arm changes, by the name that `playhead experiments settings` lists.",
    ),
]
METRICS = ("click", "start", "finish", "watch_minutes", "gave_up", "session_minutes")
Metric = Annotated[
    Literal["click", "start", "finish", "watch_minutes", "gave_up", "session_minutes"],
    Meta(description="What is compared, for each profile that was exposed."),
]
Reward = Annotated[
    Literal["click", "minutes"], Meta(description="What a policy is estimated by, for each title shown.")
]
CONTROL = "control"
HOLDOUT = "holdout"


class Guardrail(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A metric that must not suffer: the arm is stopped once it is known to be worse than allowed."""

    metric: Metric
    worst: Annotated[
        float,
        Meta(ge=-1, le=0, description="The relative change that is still borne, -0.02 for two percent."),
    ] = 0.0


class Arm(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One of the ways compared; ``share``: of the experiment's profiles. ``control`` changes nothing."""

    name: Name
    share: Share
    settings: Settings = {}


class PolicyEstimate(Struct, frozen=True, kw_only=True):
    """The off-policy estimate of a policy: its gain over the policy that the log was served by, and whether it may be promoted."""

    reward: Reward
    gain: Annotated[float, Meta(description="Reward per title shown, minus that of the logging policy.")]
    low: Annotated[float, Meta(description="Lower bound of the gain; above 0 for a promotion.")]
    high: Annotated[float, Meta(description="Upper bound of the gain.")]
    decisions: Annotated[int, Meta(ge=0, description="Number of titles shown that it was estimated from.")]
    effective_size: Annotated[float, Meta(ge=0, description="Effective sample size (Kish).")]
    coverage: Annotated[
        float,
        Meta(
            ge=0, description="Mean importance weight: the share of its decisions that the log has explored."
        ),
    ]
    promote: Annotated[bool, Meta(description="Whether it may be promoted.")]
    reason: Annotated[Text, Meta(description="Why, or why not.")]


class Experiment(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A comparison of arms.

    A layer splits all profiles by a hash; an experiment has those from ``begin`` up to ``begin + share`` of it. Layers
    are independent of each other. Profiles of a ``holdout`` are in no other experiment.
    """

    experiment_id: ExperimentId
    layer: Name = "main"
    begin: Share = 0.0
    share: Annotated[
        Share,
        Meta(description="Of the layer. Grow it to ramp up: profiles that are in stay in, in the same arm."),
    ]
    arms: Annotated[tuple[Arm, ...], Meta(max_length=32)] = ()
    status: Annotated[
        Literal["running", "stopped", "proposed"],
        Meta(description="proposed: an estimate of a policy, without any effect on rankings."),
    ] = "running"
    holdout: bool = False
    surfaces: Annotated[
        tuple[Text, ...], Meta(max_length=64, description="Only on these; absent: on all.")
    ] = ()
    markets: Annotated[
        tuple[Country, ...], Meta(max_length=300, description="Only in these; absent: in all.")
    ] = ()
    metric: Metric = "finish"
    lift: Annotated[
        float,
        Meta(ge=0.001, le=10, description="The least relative change worth finding, 0.05 for five percent."),
    ] = 0.05
    guardrails: Annotated[tuple[Guardrail, ...], Meta(max_length=16)] = ()
    stopped_because: Text | None = None
    estimate: Annotated[
        PolicyEstimate | None, Meta(description="Of a policy: its off-policy estimate (`playhead policy`).")
    ] = None
