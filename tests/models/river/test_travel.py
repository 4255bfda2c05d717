"""River models from a learner to a follower: served as they were learned, refused alone, listed in the manifest."""

import pickle
from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace
from river import forest, linear_model, optim, preprocessing
from tests.learn.test_learner import SHARD, SOURCE, as_records, examples

from playhead.domain.errors import Rejected
from playhead.domain.records import Outgoing
from playhead.domain.topics import MODELS
from playhead.features.context import ContextBatch
from playhead.features.context_snapshot import ContextSnapshot
from playhead.learn.choices import Learners
from playhead.learn.learner import Learner
from playhead.models.follower_state import FollowerState
from playhead.models.market_snapshot import MarketSnapshotCache
from playhead.models.river.declared import River
from playhead.models.river.pickled import opened
from playhead.models.river.serving import BASE, COLUMNS
from playhead.models.snapshots.rows import Manifest, decode_row, encode_row, place_of
from playhead.models.snapshots.schema import Bundle
from playhead.ranking.outcome_features import PAIR
from playhead.ranking.outcomes import ask, asked_of, named_inputs, write_logits
from playhead.recipe import RECIPE
from playhead.signals.identity import Identity

NAMES = ("lift", "completion", "title/click", "surface/click")
LINEAR = River("click", preprocessing.StandardScaler() | linear_model.LogisticRegression(optim.AdaGrad(0.1)))
FOREST = River("click", forest.ARFClassifier(n_models=2, seed=1), features=NAMES, first=3)


def learned(*models: River, count: int = 90) -> tuple[Learner, list[Outgoing]]:
    learner = Learners(RECIPE.pipeline, models).learner(SHARD)
    assert not learner.learn(as_records(examples(count)), SOURCE)
    assert learner.models.river is not None
    for stack in learner.models.river.stacks.values():
        stack.weights[:] = 0.5  # so few examples teach no weight that can be seen
    return learner, learner.publish(0)


def follower(rows: list[Outgoing]) -> FollowerState:
    world = FollowerState()
    for row in rows:
        world.follow(MODELS, row.key or b"", row.value)
    return world


def served(world: FollowerState, *, asking: bool = True) -> Any:
    view = MarketSnapshotCache(world).of("BR")
    moment = ContextSnapshot(Identity("BR", device="tv"), (), (), 1_767_225_700)  # type: ignore[arg-type]
    columns = ContextBatch([replace_history(moment)], [view])
    title = np.arange(-1, 6)
    owner, pair = np.zeros(len(title), dtype=np.int64), np.zeros((len(title), len(PAIR)))
    written = np.empty((len(title), COLUMNS))
    write_logits(columns, owner, title, pair, written)
    for asked in asked_of(columns) if asking else ():
        ask(asked, columns, owner, title, pair, written, np.arange(len(title)))
    return written, named_inputs(columns, owner, title, pair)


def replace_history(moment: ContextSnapshot) -> ContextSnapshot:
    from playhead.signals.rows import history

    return moment._replace(history=history(()))


def test_a_follower_serves_what_the_learners_models_say() -> None:
    learner, rows = learned(LINEAR, FOREST)
    written, inputs = served(follower(rows))
    assert learner.models.river is not None
    members = [*learner.models.river.members()]
    members[1].model = opened(members[1].export().pickled)  # as it was taken down last
    base = written[:, BASE]
    leads = [
        [member.predict(x) - logit for x, logit in zip(member.dicts(inputs), base.tolist(), strict=True)]
        for member in members
    ]
    assert np.abs(leads).max() > 0.01
    assert written[:, 0] == pytest.approx(base + 0.5 * np.sum(leads, axis=0), abs=1e-9)
    without = served(follower(rows), asking=False)[0]
    assert without[:, 0] == pytest.approx(base + 0.5 * np.array(leads[0]), abs=1e-9)


def test_a_learner_without_river_models_says_what_it_always_said() -> None:
    written, _ = served(follower(learned()[1]))
    assert (written[:, 0] == written[:, BASE]).all()


def test_the_manifest_lists_what_is_in_force() -> None:
    _, rows = learned(LINEAR, FOREST)
    manifest = decode_row(place_of(rows[-1].key or b""), rows[-1].value or b"")
    assert isinstance(manifest, Manifest)
    models = {model.name: model for model in manifest.river}
    assert [*models] == ["click.logistic_regression", "click.arf_classifier"]
    assert models["click.logistic_regression"].kind == "river.linear_model.log_reg.LogisticRegression"
    # River models take no corrections.
    first_said = sum(example.kind == "outcome" and not example.corrects for example in examples(90))
    assert {model.learned for model in models.values()} == {first_said}
    assert 50 < first_said < 60
    assert all(model.weight == 0.5 and model.log_loss and model.bytes for model in models.values())


class Evil:
    def __reduce__(self) -> Any:
        return exec, ("raise SystemExit",)


def test_a_state_that_names_another_class_is_refused_and_all_else_is_used() -> None:
    _, rows = learned(LINEAR, FOREST)
    world, refused = FollowerState(), 0
    for row in rows:
        place = place_of(row.key or b"")
        decoded = decode_row(place, row.value or b"")
        if isinstance(decoded, Bundle) and decoded.river:
            river = tuple(
                replace(state, pickled=pickle.dumps(Evil())) if state.pickled else state
                for state in decoded.river
            )
            with pytest.raises(Rejected, match=r"names builtins\.exec"):
                world.follow(MODELS, row.key or b"", encode_row(replace(decoded, river=river)))
            refused += 1
        else:
            world.follow(MODELS, row.key or b"", row.value)
    assert refused
    shard = world.shard(SHARD)
    assert shard.versions["heads"] == 60
    assert len(shard.serving().heads) == 1
    assert not shard.serving().asked


def test_a_restored_learner_publishes_what_one_that_never_stopped_does() -> None:
    batch = as_records(examples(120))
    never = Learners(RECIPE.pipeline, (LINEAR,)).learner(SHARD)
    never.learn(batch[:60], SOURCE)
    restored = Learners(RECIPE.pipeline, (LINEAR,)).learner(SHARD)
    for row in never.publish(0):
        assert restored.restore(row.key or b"", row.value) is None
    assert not restored.begin()
    for worker in (never, restored):
        worker.learn(batch[60:], SOURCE)
    states = [worker.models.river.export(np.arange(9)) for worker in (never, restored) if worker.models.river]
    assert states[0] == states[1]


def test_another_river_that_can_not_read_a_state_begins_anew_and_says_so() -> None:
    _, rows = learned(FOREST)
    other = Learners(RECIPE.pipeline, (FOREST,)).learner(SHARD)
    for row in rows:
        decoded = decode_row(place_of(row.key or b""), row.value or b"")
        if isinstance(decoded, Bundle) and decoded.river:
            torn = tuple(replace(state, pickled=state.pickled[:-40]) for state in decoded.river)
            other.restore(row.key or b"", encode_row(replace(decoded, river=torn)))
        else:
            other.restore(row.key or b"", row.value)
    assert [(act.model, act.act) for act in other.acts()] == [("click.arf_classifier", "begun_anew")]
    assert other.models.versions["heads"] == 60
