"""Moves each vertex by a random offset.

stdin:  float32 coordinates, x y z x y z ...
stdout: the same, moved
usage:  python3 noise.py AMPLITUDE SEED < sphere.f32 > noisy.f32
"""

import sys

amplitude, seed = float(sys.argv[1]), int(sys.argv[2])

try:
    import numpy as np

    vertices = np.frombuffer(sys.stdin.buffer.read(), dtype="<f4")
    offsets = np.random.default_rng(seed).uniform(-amplitude, amplitude, vertices.shape)
    sys.stdout.buffer.write((vertices + offsets).astype("<f4").tobytes())
except ModuleNotFoundError:
    import array
    import random

    numbers = array.array("f", sys.stdin.buffer.read())
    rng = random.Random(seed)
    moved = array.array("f", (x + rng.uniform(-amplitude, amplitude) for x in numbers))
    sys.stdout.buffer.write(moved.tobytes())
