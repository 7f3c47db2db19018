# SPDX-License-Identifier: Apache-2.0
"""An estimator in the manner of scikit-learn, with or without scikit-learn."""

from __future__ import annotations

import ctypes
import inspect
import math
import os
from typing import Any, Dict, Optional, Type

import numpy as np
import numpy.typing as npt

from ._arrays import Array, Floats, column, distinct, float_rows, view
from ._data import is_path, texts_of
from ._errors import InputError, ShapeError
from ._library import C
from ._loss import calibrate, evaluate, make_batch
from ._model import Model
from ._run import Run
from ._train import train

_BaseEstimator: Any
_Transformer: Any
_NotFitted: Type[Exception]

try:
    import sklearn.base
    import sklearn.exceptions

    _SKLEARN = True
    _BaseEstimator, _Transformer = sklearn.base.BaseEstimator, sklearn.base.TransformerMixin
    _NotFitted = sklearn.exceptions.NotFittedError
except ImportError:
    _SKLEARN = False

    class _Missing(ValueError, AttributeError):
        """transform() before fit()."""

    _NotFitted = _Missing

    class _Base:
        """get_params() and set_params() by the names of __init__'s arguments."""

        def get_params(self, deep: bool = True) -> Dict[str, Any]:
            """The settings by name."""
            names = list(inspect.signature(type(self).__init__).parameters)[1:]
            return {name: getattr(self, name) for name in names}

        def set_params(self, **settings: Any) -> "_Base":
            """Change settings by name."""
            known = self.get_params()
            for name, value in settings.items():
                if name not in known:
                    raise ValueError(f"Invalid parameter {name!r} for estimator {self}; it has {', '.join(known)}")
                setattr(self, name, value)
            return self

        def __repr__(self) -> str:
            signature = inspect.signature(type(self).__init__).parameters
            changed = {k: v for k, v in self.get_params().items() if v is not signature[k].default}
            return f"{type(self).__name__}({', '.join(f'{k}={v!r}' for k, v in changed.items())})"

    class _Empty:
        """fit_transform()."""

        def fit_transform(self, X: Any, y: Any = None, **rest: Any) -> Any:
            """fit(X, y), then transform(X)."""
            return self.fit(X, y, **rest).transform(X)  # type: ignore[attr-defined]

    _BaseEstimator, _Transformer = _Base, _Empty


class ContrastiveEncoder(_Transformer, _BaseEstimator):  # type: ignore[misc]
    """Learns features without labels: rows of numbers, images or texts to rows of features.

    X of fit and transform: rows [n,d]; images of uint8 [n,h,w] or [n,h,w,c]; a list of texts; a path of any data that
    akin reads, such as a folder of images.

    loss, temperature, epochs, batch_size, learning_rate   None: the default of `akin train`
    encoder       "linear", "mlp", "resnet-s" ...; None: what suits the data
    width         of the encoder; None: its default
    layer         "backbone": the features; "projector": what the loss has read
    options       a dict of further options of train(), such as {"vector_views": "noise", "head_out": 64}
    random_state  a whole number, a numpy RandomState or Generator, or None: another seed each time

    Learned by fit():

    n_features_in_   columns of X, where X has columns; feature_names_in_ where they have names
    run_             the Run; its folder goes with the estimator
    loss_            the last loss that was logged; verdict_: what it means
    classes_, class_means_   where y tells classes: their names, and the means of their features of length 1

    It pickles as its settings and the files of its run: the only names in it are this class and NumPy's makers of arrays.

    >>> import numpy as np
    >>> X = np.random.default_rng(0).normal(size=(60, 5))
    >>> encoder = ContrastiveEncoder(epochs=1, encoder="linear", width=4, random_state=0)
    >>> encoder.fit(X).transform(X[:3]).shape
    (3, 4)
    """

    def __init__(
        self,
        *,
        loss: str = "ntxent",
        temperature: Optional[float] = None,
        encoder: Optional[str] = None,
        width: Optional[int] = None,
        epochs: int = 10,
        batch_size: Optional[int] = None,
        learning_rate: Optional[float] = None,
        layer: str = "backbone",
        options: Optional[Dict[str, Any]] = None,
        random_state: Any = None,
        verbose: bool = False,
    ) -> None:
        self.loss = loss
        self.temperature = temperature
        self.encoder = encoder
        self.width = width
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.layer = layer
        self.options = options
        self.random_state = random_state
        self.verbose = verbose

    # What comes in ------------------------------------------------------------------------------------------

    def _rows(self, X: Any, fitting: bool) -> Any:
        """X as training reads it. Rows of numbers are judged as scikit-learn wants them judged."""
        if is_path(X) or texts_of(X) is not None:
            return X
        if not hasattr(X, "columns"):
            shape = getattr(X, "shape", None)
            if shape is not None and len(shape) in (3, 4):
                return X
        if _SKLEARN:
            from sklearn.utils.validation import validate_data

            least = 2 if fitting else 1
            checked = validate_data(
                self, X, reset=fitting, dtype=[np.float32, np.float64], ensure_min_samples=least, accept_sparse=False
            )
            return self._finite(checked)
        seen = view(X, "X")
        if seen.ndim != 2:
            raise ShapeError(f"X has {seen.ndim} dimensions; expected [rows, columns]")
        if fitting:
            self.n_features_in_ = seen.shape[1]
        elif seen.shape[1] != self.n_features_in_:
            raise ShapeError(f"X has {seen.shape[1]} features; this encoder was fitted with {self.n_features_in_}")
        return self._finite(seen)

    @staticmethod
    def _finite(rows: Any) -> Floats:
        narrow = float_rows(rows, "X")
        if not np.isfinite(narrow).all():
            raise InputError("Input X contains NaN, infinity or a value too large for dtype('float32')")
        return narrow

    def _seed(self) -> int:
        state = self.random_state
        if state is None:
            return int(np.random.default_rng().integers(2**31))
        if isinstance(state, np.random.Generator):
            return int(state.integers(2**31))
        if isinstance(state, np.random.RandomState):
            return int(state.randint(2**31 - 1))
        return int(state)

    def _train_options(self) -> Dict[str, Any]:
        named = {
            "loss": self.loss,
            "temperature": self.temperature,
            "encoder": self.encoder,
            "width": self.width,
            "epochs": self.epochs,
            "batch_size": self.batch_size,
            "lr": self.learning_rate,
        }
        return {**{k: v for k, v in named.items() if v is not None}, **(self.options or {})}

    # Learning -----------------------------------------------------------------------------------------------

    def fit(self, X: Any, y: Any = None) -> "ContrastiveEncoder":
        """Learn from X. y: [n] classes; read by score(), and by losses that need labels."""
        self._forget()
        rows = self._rows(X, True)
        classes = self._classes_of(y, rows)
        return self._learn(rows, classes, self._train_options(), self._seed())

    def partial_fit(self, X: Any, y: Any = None) -> "ContrastiveEncoder":
        """Learn from X and from all that partial_fit() was given before, anew: it keeps the items, not only the weights.

        So the order of the parts decides nothing but the order of the items, and columns have one scale. The parts
        travel with a pickle. fit() forgets them.
        """
        if is_path(X):
            raise InputError("partial_fit: X is a path; it takes items in memory, fit() takes a path")
        first = not hasattr(self, "parts_")
        if first:
            self._forget()
        rows = self._rows(X, first)
        classes = self._classes_of(y, rows)
        parts = [*getattr(self, "parts_", []), (rows, classes)]
        joined: Any = [text for part, _ in parts for text in part]
        if isinstance(rows, np.ndarray):
            joined = np.concatenate([part for part, _ in parts])
        told = [c for _, c in parts]
        every = None if any(c is None for c in told) else np.concatenate([c for c in told if c is not None])
        self._learn(joined, every, self._train_options(), self._seed())
        self.parts_ = parts
        return self

    def _learn(self, rows: Any, classes: Optional[Array], options: Dict[str, Any], seed: int) -> "ContrastiveEncoder":
        needs_labels = self.loss in ("supcon", "nscl", "curl-hinge", "curl-logistic", "cross-entropy")
        told = classes if classes is not None and (needs_labels or options.get("pairs") == "group") else None
        run = train(rows, labels=told, progress=bool(self.verbose), seed=seed, **options)
        self._model: Optional[Model] = None
        self.run_ = run
        last = run.metrics()[-1]
        self.loss_, self.verdict_ = last.get("loss", math.nan), last.get("verdict", "")
        if classes is not None:
            self._learn_means(rows, classes)
        return self

    def _forget(self) -> None:
        for name in [n for n in vars(self) if n.endswith("_") and not n.startswith("_")]:
            delattr(self, name)
        self._model = None

    @staticmethod
    def _classes_of(y: Any, rows: Any) -> Optional[Array]:
        """y where it tells classes; numbers that are not whole are no classes."""
        if y is None or is_path(rows):
            return None
        classes = np.asarray(y)
        if classes.ndim == 2 and classes.shape[1] == 1:
            classes = classes[:, 0]
        if classes.ndim != 1 or len(classes) != len(rows):
            raise ShapeError(f"y is {list(classes.shape)}; expected [{len(rows)}]")
        if classes.dtype.kind not in "iubf":
            classes = column(classes, len(rows), "y")
        if classes.dtype.kind == "f" and not np.equal(np.mod(classes, 1), 0).all():
            return None
        return classes if len(distinct(classes, "y")[0]) > 1 else None

    def _learn_means(self, rows: Any, classes: Array) -> None:
        z = self._unit(self.transform(rows))
        self.classes_, number = np.unique(classes, return_inverse=True)
        self.class_means_ = np.stack([z[number.reshape(-1) == k].mean(axis=0) for k in range(len(self.classes_))])

    @staticmethod
    def _unit(z: Any) -> Floats:
        z = np.asarray(z)
        length = np.linalg.norm(z, axis=1, keepdims=True)
        return np.asarray(z / np.where(length == 0, 1, length), dtype=np.float32)

    # What comes out -----------------------------------------------------------------------------------------

    def _opened(self) -> Model:
        if not hasattr(self, "run_"):
            raise _NotFitted("This ContrastiveEncoder instance is not fitted yet. Call 'fit' before 'transform'.")
        if getattr(self, "_model", None) is None:
            self._model = Model(self.run_.path, keep=self.run_)
        assert self._model is not None
        return self._model

    def transform(self, X: Any) -> Any:
        """Features [n, width] of float32, one row an item; of a path those of its part "train"."""
        model = self._opened()
        rows = self._rows(X, False)
        return model.embed(rows, layer=self.layer, names=False).rows

    def score(self, X: Any, y: Any = None) -> float:
        """In [0,1], greater is better.

        With y, where fit() was given classes: the share of rows whose class has the nearest mean (mean-v1). Else: how far
        the loss of two random views of X has come from where nothing is learned (0) to its floor (1); minus the loss
        where no floor is known.
        """
        self._opened()
        if y is not None and hasattr(self, "classes_"):
            z = self._unit(self.transform(X))
            told = column(y, len(z), "y")
            return float(np.mean(self.classes_[(z @ self.class_means_.T).argmax(axis=1)] == told))
        model = self._opened()
        rows = self._rows(X, False)
        views = [model.embed(rows, layer="projector", names=False, random_views=True, view=v).rows for v in (0, 1)]
        kinds = {"temperature": float(model.option("temperature") or 0.5)}
        batch = make_batch("ntxent", views[0], views[1], None, None, None, None, 1, None, False, None, "auto", None, kinds)
        value, _ = evaluate(batch, (), 0, None, None)
        learned = float(C.akin_loss_learned(ctypes.byref(calibrate(batch, None)), value))
        return -value if math.isnan(learned) else learned

    def get_feature_names_out(self, input_features: Any = None) -> npt.NDArray[Any]:
        """ "contrastiveencoder0", "contrastiveencoder1" ..."""
        width = self._opened().width(self.layer)
        return np.asarray([f"contrastiveencoder{i}" for i in range(width)], dtype=object)

    @property
    def feature_names_out_(self) -> npt.NDArray[Any]:
        """As get_feature_names_out()."""
        return self.get_feature_names_out()

    # Pickling -----------------------------------------------------------------------------------------------

    def __getstate__(self) -> Dict[str, Any]:
        state = {k: v for k, v in self.__dict__.items() if k not in ("_model", "run_")}
        if hasattr(self, "run_"):
            state["_run_files"] = self.run_.files()
        if _SKLEARN:
            import sklearn

            state["_sklearn_version"] = sklearn.__version__
        return state

    def __setstate__(self, state: Dict[str, Any]) -> None:
        state = dict(state)
        files = state.pop("_run_files", None)
        state.pop("_sklearn_version", None)
        self.__dict__.update(state)
        self._model = None
        if files is not None:
            self.run_ = Run.from_files(files)

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "run_")

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = []
        tags.non_deterministic = False
        tags.target_tags.required = False
        return tags

