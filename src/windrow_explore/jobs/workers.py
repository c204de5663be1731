"""Processes that know nothing of the script that started them.

Python starts a fresh interpreter and lets it import the main script again, which then explores again, unless
the script is written for that. Our jobs need nothing of it, so our workers do not look.
"""

from __future__ import annotations

import os
import sys
import threading
from multiprocessing import parent_process
from multiprocessing.context import SpawnContext, SpawnProcess
from multiprocessing.process import BaseProcess
from types import ModuleType
from typing import Any

__all__ = ["CONTEXT", "end_with_parent"]


class _Worker(SpawnProcess):
    @staticmethod
    def _Popen(process_obj: BaseProcess) -> Any:
        main = sys.modules["__main__"]
        sys.modules["__main__"] = ModuleType("__main__")
        try:
            return SpawnProcess._Popen(process_obj)  # pyright: ignore[reportAttributeAccessIssue]
        finally:
            sys.modules["__main__"] = main


class _Context(SpawnContext):
    Process = _Worker


CONTEXT = _Context()
"""For `ProcessPoolExecutor`. Not forked: a fork of a process with threads may hang."""


def end_with_parent() -> None:
    """Let this worker end when the process that started it is killed, instead of waiting for jobs forever."""
    parent = parent_process()
    if parent is not None:
        threading.Thread(target=lambda: (parent.join(), os._exit(1)), daemon=True).start()
