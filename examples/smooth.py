"""Smooths a volume: the mean over a cube of the given radius, done one axis after the other.

in:    {"volume": float32, z y x, "radius": whole number; 0 changes nothing}
out:   {"volume": float32, z y x}
usage: PYTHONPATH=../src/python python3 smooth.py < volume.json
"""

from array import array
from itertools import accumulate

from headless_jobs import progress, serve

try:
    import numpy as np
except ImportError:
    np = None


def smooth(value):
    volume = np.asarray(value["volume"], "float32")
    for axis in range(volume.ndim) if value["radius"] > 0 else ():
        volume = mean_along(volume, axis, value["radius"])
        progress((axis + 1) / volume.ndim)
    return {"volume": volume}


def mean_along(volume, axis, radius):
    """Running mean; at the border over the part of the window that lies inside."""
    lines = np.moveaxis(volume, axis, -1)
    n = lines.shape[-1]
    sums = np.zeros((*lines.shape[:-1], n + 1))
    np.cumsum(lines, axis=-1, dtype="float64", out=sums[..., 1:])
    low = np.maximum(np.arange(n) - radius, 0)
    high = np.minimum(np.arange(n) + radius + 1, n)
    means = (sums[..., high] - sums[..., low]) / (high - low)
    return np.moveaxis(means, -1, axis).astype("float32")


def smooth_without_numpy(value):
    """The same; an array is a memoryview here, and nested lists from a shell."""
    volume = value["volume"]
    is_array = isinstance(volume, memoryview)
    if value["radius"] <= 0 or (is_array and volume.nbytes == 0):
        return {"volume": volume}
    lists = volume.tolist() if is_array else volume
    dimensions = len(shape_of(lists))
    for axis in range(dimensions):
        lists = mean_of_lists(lists, axis, value["radius"])
        progress((axis + 1) / dimensions)
    return {"volume": as_array(lists) if is_array else lists}


def mean_of_lists(lists, axis, radius):
    if axis > 0:
        return [mean_of_lists(item, axis - 1, radius) for item in lists]
    if lists and isinstance(lists[0], list):
        columns = [mean_of_lists(list(column), 0, radius) for column in zip(*lists)]
        return [list(row) for row in zip(*columns)] or lists
    n = len(lists)
    sums = [0.0, *accumulate(array("f", lists))]
    windows = ((max(i - radius, 0), min(i + radius + 1, n)) for i in range(n))
    return array("f", [(sums[high] - sums[low]) / (high - low) for low, high in windows]).tolist()


def shape_of(lists):
    return [len(lists), *(shape_of(lists[0]) if lists else [])] if isinstance(lists, list) else []


def as_array(lists):
    shape = shape_of(lists)
    for _ in shape[1:]:
        lists = [item for row in lists for item in row]
    return memoryview(array("f", lists)).cast("B").cast("f", shape)


serve(smooth if np else smooth_without_numpy)
