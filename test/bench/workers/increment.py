"""A worker that adds one."""

from headless_jobs import serve


def increment(number):
    return number + 1


serve(increment)
