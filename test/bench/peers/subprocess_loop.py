"""Python threads and subprocess: spawn cat, 11 bytes in and out, so many at a time. Prints milliseconds a job."""

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

jobs, at_once = int(sys.argv[1]), int(sys.argv[2])


def one(_):
    done = subprocess.run(["cat"], input=b"hello world", capture_output=True, check=True)
    assert done.stdout == b"hello world"


begin = time.perf_counter()
with ThreadPoolExecutor(at_once) as pool:
    for _ in pool.map(one, range(jobs)):
        pass
print((time.perf_counter() - begin) * 1000 / jobs)
