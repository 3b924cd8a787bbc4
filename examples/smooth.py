"""Smooths a volume: the mean over a cube of the given radius, done one axis after the other.

stdin:  float32 voxels, x fastest
stdout: the same, smoothed
usage:  python3 smooth.py RADIUS NX NY NZ < volume.f32 > smooth.f32
"""

import array
import sys

radius = int(sys.argv[1])
shape = [int(n) for n in sys.argv[2:5]]
voxels = array.array("f", sys.stdin.buffer.read())
if len(voxels) != shape[0] * shape[1] * shape[2]:
    sys.exit(f"The volume has {len(voxels)} voxels, not {shape[0]} x {shape[1]} x {shape[2]}.")


def smooth_line(line):
    """Running mean; at the border over the part of the window that lies inside."""
    sums = [0.0]
    for value in line:
        sums.append(sums[-1] + value)
    n = len(line)
    bounds = ((max(0, i - radius), min(n, i + radius + 1)) for i in range(n))
    return [(sums[high] - sums[low]) / (high - low) for low, high in bounds]


stride = 1
for size in shape if radius > 0 else []:
    for start in range(len(voxels)):
        if (start // stride) % size == 0:  # the first voxel of a line along this axis
            line = slice(start, start + stride * (size - 1) + 1, stride)
            voxels[line] = array.array("f", smooth_line(voxels[line]))
    stride *= size

sys.stdout.buffer.write(voxels.tobytes())
