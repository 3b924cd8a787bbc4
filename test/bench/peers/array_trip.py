"""An array of so many float64 numbers to a warm process and back. Prints milliseconds.

The array is one of numpy when numpy is there.
"""

import sys
import time
from multiprocessing import Pool

try:
    import numpy
except ImportError:
    numpy = None


def identity(value):
    return value


def make_array(length):
    if numpy:
        return numpy.arange(length, dtype="float64")
    from array import array

    return array("d", range(length))


if __name__ == "__main__":
    length = int(sys.argv[1])
    sent = make_array(length)
    with Pool(1) as pool:
        pool.apply(identity, (sent,))
        begin = time.perf_counter()
        received = pool.apply(identity, (sent,))
        print((time.perf_counter() - begin) * 1000)
    assert len(received) == length and received[0] == 0 and received[-1] == length - 1
