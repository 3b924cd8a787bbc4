"""One warm process adds one to a number, so many times, the next when the answer is there. Prints milliseconds a request.

Called with the name of the library and how many requests.
"""

import sys
import tempfile
import time

WARM_UP = 50


def increment(number):
    return number + 1


def measure(ask, count):
    for number in range(WARM_UP):
        ask(number)
    begin = time.perf_counter()
    for number in range(count):
        assert ask(number) == number + 1
    return (time.perf_counter() - begin) * 1000 / count


def pool(count):
    from multiprocessing import Pool

    with Pool(1) as worker:
        return measure(lambda number: worker.apply(increment, (number,)), count)


def answer_requests(address):
    import zmq

    with zmq.Context() as context, context.socket(zmq.REP) as socket:
        socket.bind(address)
        while (number := socket.recv_pyobj()) is not None:
            socket.send_pyobj(increment(number))
        socket.send_pyobj(None)


def zeromq(count):
    from multiprocessing import Process

    import zmq

    with tempfile.TemporaryDirectory() as folder:
        address = f"ipc://{folder}/requests"
        server = Process(target=answer_requests, args=(address,))
        server.start()
        with zmq.Context() as context, context.socket(zmq.REQ) as socket:
            socket.connect(address)

            def ask(value):
                socket.send_pyobj(value)
                return socket.recv_pyobj()

            ms = measure(ask, count)
            ask(None)
        server.join()
    return ms


def dask(count):
    from distributed import Client

    with Client(n_workers=1, threads_per_worker=1, dashboard_address=None) as client:
        return measure(lambda number: client.submit(increment, number, pure=False).result(), count)


if __name__ == "__main__":
    libraries = {"pool": pool, "zmq": zeromq, "dask": dask}
    print(libraries[sys.argv[1]](int(sys.argv[2])))
