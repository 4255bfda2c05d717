"""River models as pickles, read by an unpickler that allows only River's and numpy's classes and plain containers."""

import io
import pickle
from types import FunctionType
from typing import Any

from playhead.domain.errors import Rejected

LARGEST_BYTES = 1 << 20
"""Largest pickle of a model, as models are published every few seconds."""
RIVER = frozenset(
    {
        *("_river_rust", "anomaly", "base", "bandit", "cluster", "compose", "conf", "covariance", "drift"),
        *("dummy", "ensemble", "facto", "feature_extraction", "feature_selection", "forest", "imblearn"),
        *("linear_model", "metrics", "misc", "model_selection", "multiclass", "multioutput", "naive_bayes"),
        *("neighbors", "optim", "preprocessing", "proba", "rules", "sketch", "stats", "time_series", "tree"),
        "utils",
    }
)
"""Packages of River that hold models and their parts; those left out read files, download or run code."""
OURS = "playhead.models.estimators."
OTHERS = frozenset(
    {
        *(("builtins", name) for name in ("bool", "bytearray", "bytes", "complex", "dict", "float")),
        *(("builtins", name) for name in ("frozenset", "int", "list", "object", "range", "set", "slice")),
        *(("builtins", name) for name in ("str", "tuple")),
        *(("collections", name) for name in ("Counter", "OrderedDict", "defaultdict", "deque")),
        *(("copyreg", "_reconstructor"), ("functools", "partial"), ("random", "Random")),
        *(("numpy", name) for name in ("bool_", "dtype", "float64", "int64", "ndarray")),
        *(("numpy._core.multiarray", name) for name in ("_reconstruct", "scalar")),
        *(("numpy._core.numeric", "_frombuffer"), ("numpy.random._mt19937", "MT19937")),
        ("river.naive_bayes.gaussian", "GaussianNB._make_gaussian"),
        *(("numpy.random._pcg64", "PCG64"), ("numpy.random._pickle", "__bit_generator_ctor")),
        *(("numpy.random._pickle", "__generator_ctor"), ("numpy.random._pickle", "__randomstate_ctor")),
    }
)


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) in OTHERS:
            return super().find_class(module, name)
        package = module.split(".")
        of_river = package[0] == "river" and package[1:2] and package[1] in RIVER
        if of_river or module.startswith(OURS):
            kind, *method = name.split(".")
            find_class = super().find_class(module, kind)
            if isinstance(find_class, type) and find_class.__module__.split(".")[0] == package[0]:
                if not method:
                    return find_class
                # Trees and counts hold references to methods of their own classes.
                function = vars(find_class).get(method[0]) if len(method) == 1 else None
                function = function.__func__ if isinstance(function, staticmethod) else function
                if isinstance(function, FunctionType) and function.__module__ == module:
                    return function
        raise _refused(f"names {module}.{name}")


def pickled(model: Any) -> bytes:
    """Pickles a model.

    Raises:
        ValueError: the pickle is too large, or a part can't be pickled.
    """
    try:
        data = pickle.dumps(model, protocol=5)
    except (pickle.PicklingError, TypeError, AttributeError) as error:
        raise ValueError(f"It can't be published: {error}. Give it no functions of your own.") from error
    if len(data) > LARGEST_BYTES:
        raise ValueError(
            f"It takes {len(data) / 2**20:.1f} MiB, and 1 MiB can be published:"
            " give it fewer models, less depth or a bound of its size."
        )
    return data


def opened(data: bytes) -> Any:
    """Unpickles a model.

    Raises:
        Rejected: the pickle is larger than ``LARGEST_BYTES``, names a class that is not allowed, or can't be read.
    """
    if len(data) > LARGEST_BYTES:
        raise _refused("is larger than 1 MiB")
    try:
        return _Unpickler(io.BytesIO(data)).load()
    except Rejected:
        raise
    except Exception as error:  # a torn pickle, or one of another version of River, can raise anything
        raise _refused(f"can't be read: {type(error).__name__}: {error}") from error


def _refused(why: str) -> Rejected:
    return Rejected(
        f"The state of a River model {why}.",
        "Only learn workers write this topic, with one version of River. What a learn worker can't read it begins anew.",
    )
