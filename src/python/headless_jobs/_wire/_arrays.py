"""Arrays in messages: from bytes to numpy (or a memoryview) and back."""

from __future__ import annotations

import json
import sys

from ._json import is_array, loaded_numpy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from ._array_files import ArrayFiles
    from ._messages import Message

    Path = tuple["str | int", ...]

ALIGNMENT = 8
# name in numpy: letter in struct, bytes
DTYPES = {
    "int8": ("b", 1),
    "uint8": ("B", 1),
    "int16": ("h", 2),
    "uint16": ("H", 2),
    "int32": ("i", 4),
    "uint32": ("I", 4),
    "int64": ("q", 8),
    "uint64": ("Q", 8),
    "float32": ("f", 4),
    "float64": ("d", 8),
}
# what to do about those that have no name there, by numpy's letter for their kind
ADVICE = {
    "c": "send its .real and .imag",
    "m": 'send .astype("int64")',
    "M": 'send .astype("int64")',
    "V": "send its fields one by one",
    "U": "send .tolist()",
    "S": "send .tolist()",
}


def place_arrays(message: Message, files: ArrayFiles) -> None:
    """Puts the arrays that a frame brings where they belong. Raises ValueError when that cannot be."""
    at = 0
    for entry in message.head.pop("arrays", ()):
        count = 1
        for length in entry["shape"]:
            count *= length
        if entry["dtype"] not in DTYPES:
            raise ValueError(f"The input has an array of {entry['dtype']}, which is unknown here.")
        size = count * DTYPES[entry["dtype"]][1]
        name = entry.get("file")
        if name is not None:
            array = incoming(entry, files.map(name, size) if size else bytearray(), 0, size)
        else:
            if at + size > len(message.body):
                raise ValueError("The input has fewer bytes than its arrays.")
            array = incoming(entry, message.body, at, size)
            at += size + -size % ALIGNMENT
        _place(message.head, entry["path"], array)


def _place(root: Any, path: list[str | int], array: Any) -> None:
    try:
        *way, last = path
        for key in way:
            root = root[key]
        root[last]  # where nothing stands, nothing belongs
        root[last] = array
    except (LookupError, TypeError, ValueError):
        raise ValueError(f"The input has an array for a place that it does not have: {path}.") from None


def incoming(entry: dict[str, Any], buffer: Any, at: int, size: int) -> Any:
    """A writable view, without a copy: a numpy array where there is numpy, else a memoryview.

    A memoryview cannot have an axis of length 0: an empty one has that one axis alone.
    """
    numpy = _find_numpy()
    letter, _ = DTYPES[entry["dtype"]]
    if numpy is not None:
        dtype = numpy.dtype(entry["dtype"]).newbyteorder("<")
        return numpy.ndarray(entry["shape"], dtype, buffer, at) if size else numpy.empty(entry["shape"], dtype)
    view: Any = memoryview(buffer)[at : at + size]
    return view.cast(letter, entry["shape"]) if size else view.cast(letter)


def _find_numpy() -> Any:
    """Imports it: an array has come."""
    try:
        import numpy
    except ImportError:
        return None
    return numpy


def find_arrays(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    """All arrays of a value that has been written as JSON, in that order, with their places."""
    if isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str):
                (key,) = json.loads(json.dumps({key: None}))  # what JSON makes of it
            yield from find_arrays(item, (*path, key))
    elif isinstance(value, (list, tuple)):
        for i, item in enumerate(value):
            yield from find_arrays(item, (*path, i))
    elif not isinstance(value, (str, int, float, type(None))) and is_array(value):
        yield path, value


def outgoing(array: Any, name: str, path: Path) -> tuple[str, tuple[int, ...], memoryview]:
    """Its dtype, its shape and its bytes, which are a copy only when they lie in another order.

    Raises TypeError that names the place when such numbers cannot be sent.
    """
    numpy = loaded_numpy()
    described = _of_numpy(array) if numpy is not None and isinstance(array, numpy.ndarray) else _of_buffer(array)
    if isinstance(described, str):
        place = name + "".join(f"[{json.dumps(key)}]" for key in path)
        raise TypeError(f"{place} is an array of {described}.")
    return described


def _of_numpy(array: Any) -> tuple[str, tuple[int, ...], memoryview] | str:
    """Text says what is wrong with it."""
    if hasattr(array, "mask"):
        return "masked numbers, whose mask would be lost; send .filled(...), and the mask beside it"
    if array.dtype.kind == "b":
        array = array.view("uint8")
    name = array.dtype.name
    if name not in DTYPES:
        advice = ADVICE.get(array.dtype.kind, 'send .astype("float32") or another type of numbers')
        return f"{name}, which cannot be sent; {advice}"
    # as numpy.ndarray: a subclass may see its own shape in everything
    plain = loaded_numpy().asarray(array, array.dtype.newbyteorder("<"), order="C")
    return name, plain.shape, memoryview(plain.reshape(-1).view("uint8"))


def _of_buffer(array: Any) -> tuple[str, tuple[int, ...], memoryview] | str:
    """Text says what is wrong with it."""
    view: Any = memoryview(array)
    letter = view.format.lstrip("@=<" if sys.byteorder == "little" else "@=>")
    if len(letter) != 1 or letter not in "cbB?hHiIlLqQnNfd":
        return f"the format {view.format!r}, which cannot be sent; send int8 to uint64, float32 or float64"
    kind = "float" if letter in "fd" else "int" if letter in "bhilqn" else "uint"
    name = f"{kind}{8 * view.itemsize}"
    if view.c_contiguous and view.nbytes:
        return name, view.shape, view.cast("B")
    return name, view.shape, memoryview(view.tobytes())
