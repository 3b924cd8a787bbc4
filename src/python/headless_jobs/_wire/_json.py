"""Values as JSON, and a sentence for those that cannot be."""

from __future__ import annotations

import json
import math
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

# Both ends of a pipe hold a message in memory; the host ends a worker that sends a longer one.
MAX_MESSAGE_BYTES = 256 * 1024 * 1024

_KEYS = (str, int, float, bool, type(None))

parse = json.JSONDecoder().decode


class Encoder:
    """JSON of values with numpy's scalars, paths, and arrays as `array_as` says.

    JSON has no NaN and no infinity. They are refused rather than sent as null: null counts as 0 in the calculations of
    JavaScript, and nobody would notice.
    """

    def __init__(self, array_as: Callable[[Any], Any]) -> None:
        self._array_as = array_as
        self._encode = json.JSONEncoder(allow_nan=False, separators=(",", ":"), default=self._convert).encode

    def encode(self, value: Any, name: str) -> str:
        """Raises TypeError with the place inside `name` when there is no JSON for the value."""
        try:
            return self._encode(value)
        except RecursionError:
            raise TypeError(f"The {name} is nested too deeply to be sent.") from None
        except (TypeError, ValueError) as error:
            raise TypeError(self._explain(value, name) or f"The {name} cannot be sent: {error}.") from None

    def _convert(self, value: Any) -> Any:
        """What JSON does not know as something that it knows."""
        if is_array(value):
            return self._array_as(value)
        numpy = loaded_numpy()
        if numpy is not None and isinstance(value, numpy.generic):
            for scalar, plain in ((numpy.bool_, bool), (numpy.integer, int), (numpy.floating, float)):
                if isinstance(value, scalar):
                    return plain(value)
        if isinstance(value, os.PathLike):
            return os.fspath(value)
        raise TypeError(f"is of type {type(value).__name__}, which cannot be sent")

    def _explain(self, value: Any, name: str) -> str | None:
        try:
            return self._find_fault(value, name)
        except RecursionError:  # it contains itself
            return None

    def _find_fault(self, value: Any, place: str) -> str | None:
        """The first one in the order in which JSON is written."""
        if isinstance(value, float) and not math.isfinite(value):
            return f"{place} is {value}, which JSON does not have; send None, or an array with the protocol frames."
        if isinstance(value, _KEYS):
            return None
        if isinstance(value, dict):
            for key, item in value.items():
                if not isinstance(key, _KEYS):
                    return f"{place} has the key {key!r}, which is no text but of type {type(key).__name__}."
                fault = self._find_fault(item, f"{place}[{json.dumps(key)}]")
                if fault:
                    return fault
            return None
        if isinstance(value, (list, tuple)):
            faults = (self._find_fault(item, f"{place}[{i}]") for i, item in enumerate(value))
            return next(filter(None, faults), None)
        try:
            return self._find_fault(self._convert(value), place)
        except TypeError as error:
            return f"{place} {error}."


def is_array(value: Any) -> bool:
    """Numbers side by side, whoever made them."""
    if isinstance(value, (bytes, bytearray, memoryview)):
        return True
    array = sys.modules.get("array")
    if array is not None and isinstance(value, array.array):
        return True
    numpy = loaded_numpy()
    return numpy is not None and isinstance(value, numpy.ndarray)


def loaded_numpy() -> Any:
    """numpy, when somebody in this process uses it."""
    numpy = sys.modules.get("numpy")
    return numpy if hasattr(numpy, "ndarray") else None


def as_lists(array: Any) -> Any:
    """An array where there are no binary ones: numpy's as nested lists."""
    numpy = loaded_numpy()
    if numpy is not None and isinstance(array, numpy.ndarray):
        return array.tolist()
    raise TypeError(f"is of type {type(array).__name__}, which only the protocol frames can carry; send a list")
