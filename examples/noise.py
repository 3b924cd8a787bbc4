"""Moves each vertex of a mesh by a random offset.

in:    {"vertices": float32, n x 3, "amplitude": number, "seed": whole number}
out:   {"vertices": float32, n x 3}
usage: PYTHONPATH=../src/python python3 noise.py < sphere.json
"""

import random
from array import array

from headless_jobs import serve

try:
    import numpy as np
except ImportError:
    np = None


def noise(value):
    vertices, amplitude = np.asarray(value["vertices"], "float32"), value["amplitude"]
    rng = np.random.RandomState([value["seed"]])  # its numbers are those of random.Random
    offsets = rng.uniform(-amplitude, amplitude, vertices.shape)
    return {"vertices": (vertices + offsets).astype("float32")}


def noise_without_numpy(value):
    """The same; an array is a memoryview here, and nested lists from a shell."""
    vertices, amplitude = value["vertices"], value["amplitude"]
    rng = random.Random(value["seed"])
    rows = vertices.tolist() if isinstance(vertices, memoryview) else vertices
    moved = [array("f", [x + rng.uniform(-amplitude, amplitude) for x in array("f", row)]) for row in rows]
    if not moved:
        return {"vertices": vertices}
    if isinstance(vertices, memoryview):
        return {"vertices": memoryview(b"".join(moved)).cast("f", vertices.shape)}
    return {"vertices": [row.tolist() for row in moved]}


serve(noise if np else noise_without_numpy)
