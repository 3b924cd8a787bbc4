"""A worker that gives back what it gets."""

from headless_jobs import serve


def identity(value):
    return value


serve(identity)
