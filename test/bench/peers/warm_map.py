"""Two warm processes add one to so many numbers, each number sent by itself. Prints milliseconds a number.

Called with the name of the pool and how many numbers.
"""

import sys
import time

WORKERS = 2
WARM_UP = 1000


def increment(number):
    return number + 1


def measure(run, count):
    run(range(WARM_UP))
    begin = time.perf_counter()
    results = run(range(count))
    ms = (time.perf_counter() - begin) * 1000
    assert results == list(range(1, count + 1))
    return ms / count


def process_pool_executor(count):
    from concurrent.futures import ProcessPoolExecutor

    with ProcessPoolExecutor(WORKERS) as executor:
        return measure(lambda numbers: list(executor.map(increment, numbers)), count)


def pool(count):
    from multiprocessing import Pool

    with Pool(WORKERS) as workers:
        return measure(lambda numbers: workers.map(increment, numbers, chunksize=1), count)


def joblib(count):
    from joblib import Parallel, delayed

    with Parallel(n_jobs=WORKERS, backend="loky", batch_size=1) as parallel:
        return measure(lambda numbers: parallel(delayed(increment)(number) for number in numbers), count)


if __name__ == "__main__":
    pools = {"processPoolExecutor": process_pool_executor, "pool": pool, "joblib": joblib}
    print(pools[sys.argv[1]](int(sys.argv[2])))
