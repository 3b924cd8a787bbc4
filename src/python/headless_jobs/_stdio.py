"""Keeps the real stdin and stdout for messages: what prints or reads meets other ends."""

from __future__ import annotations

import os
import sys

PROTOCOL_VARIABLE = "HEADLESS_JOB_PROTOCOL"
ARRAYS_VARIABLE = "HEADLESS_JOB_ARRAYS"


class Claimed:
    """The ends of the pipes to the job service, which no other process inherits."""

    def __init__(self, protocol: str, array_folders: list[str]) -> None:
        self.protocol = protocol
        self.array_folders = array_folders
        self.input = claim_stdin()
        self.output = claim_stdout()

    def abandon(self) -> None:
        """Both lead nowhere from now on; closed, their numbers would become those of the next files that are opened."""
        nothing = os.open(os.devnull, os.O_RDWR)
        os.dup2(nothing, self.input, inheritable=False)
        os.dup2(nothing, self.output, inheritable=False)
        os.close(nothing)


claimed: Claimed | None = None


def claim_when_asked() -> None:
    """Claims both when this process was started as a worker; its own children are none, so the variables go."""
    global claimed
    protocol = os.environ.pop(PROTOCOL_VARIABLE, "")
    folders = os.environ.pop(ARRAYS_VARIABLE, "")
    if protocol in ("lines", "frames") and claimed is None:
        claimed = Claimed(protocol, [folder for folder in folders.split(os.pathsep) if folder])


def claim_stdin() -> int:
    """Who reads fd 0 from now on finds its end and takes no message away."""
    private = os.dup(0)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    return private


def claim_stdout() -> int:
    """What C code and child processes print goes to stderr from now on."""
    private = os.dup(1)
    os.dup2(2, 1)
    sys.stdout.flush()
    return private
