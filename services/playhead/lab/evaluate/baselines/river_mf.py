"""River's own recommender, BiasedMF, taught 1 for each choice and 0 for one title drawn beside it."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from river import optim
from river.reco import BiasedMF

from playhead.lab.evaluate.baselines.baseline import Query, Scores
from playhead.lab.evaluate.targets import Consumption

WIDTH = 32
RATES = (0.01, 0.02, 0.05)


class RiverBiasedMF:
    """River's model at several rates."""

    name = "River BiasedMF, one sampled negative"
    settings = tuple(f"rate {rate:g}" for rate in RATES)

    def __init__(self) -> None:
        self._mirrors = [Mirror(rate) for rate in RATES]
        self._rng = np.random.default_rng(1)
        self._titles = 0

    def scores(self, query: Query) -> Scores:
        """Predictions of each model, up to what is the same for all titles."""
        return np.stack([mirror.scores(query.profile, query.titles) for mirror in self._mirrors])

    def learn_one(self, choice: Consumption) -> None:
        """Teaches each model the choice and the drawn title."""
        self._titles = max(self._titles, choice.title + 1)
        negative = int(self._rng.integers(0, self._titles))
        for mirror in self._mirrors:
            mirror.teach(choice.profile, choice.title, 1.0)
            if negative != choice.title:
                mirror.teach(choice.profile, negative, 0.0)


class Mirror:
    """One model, its titles' biases and vectors kept in arrays too: asking title after title takes milliseconds."""

    def __init__(self, rate: float) -> None:
        self._model: Any = BiasedMF(
            n_factors=WIDTH,
            bias_optimizer=optim.SGD(rate),
            latent_optimizer=optim.SGD(rate),
            weight_initializer=optim.initializers.Zeros(),
            latent_initializer=optim.initializers.Normal(mu=0.0, sigma=0.1, seed=1),
            l2_bias=0.01,
            l2_latent=0.01,
            seed=1,
        )
        self._bias: NDArray[np.float64] = np.zeros(1_024)
        self._latent: NDArray[np.float64] = np.zeros((1_024, WIDTH))

    def scores(self, profile: int, titles: int) -> NDArray[np.float64]:
        """Scores of titles for a profile, [titles]."""
        self._make_room(titles)
        scores: NDArray[np.float64] = self._bias[:titles].copy()
        latent = self._model.u_latents.get(profile)
        if latent is not None:
            scores += self._latent[:titles] @ latent
        return scores

    def teach(self, profile: int, title: int, wanted: float) -> None:
        """A step of the model."""
        self._model.learn_one(profile, title, wanted)
        self._make_room(title + 1)
        self._bias[title] = self._model.i_biases[title]
        self._latent[title] = self._model.i_latents[title]

    def _make_room(self, titles: int) -> None:
        if titles > len(self._bias):
            more = max(titles - len(self._bias), len(self._bias))
            self._bias = np.concatenate([self._bias, np.zeros(more)])
            self._latent = np.concatenate([self._latent, np.zeros((more, WIDTH))])
