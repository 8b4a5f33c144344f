"""StopSignals: SIGTERM and Ctrl-C wait for the end of a step."""

from __future__ import annotations

import signal
import threading
from types import TracebackType
from typing import Any, Dict, Optional, Type

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class StopSignals:
    """Notes the first signal that asks to stop; a second one has its usual effect.

    Outside the main thread, which alone gets signals, it does nothing.

    Example:

    >>> import os
    >>> with StopSignals() as signals:
    ...     os.kill(os.getpid(), signal.SIGTERM)
    ...     signals.received
    15
    """

    def __init__(self) -> None:
        self.received: Optional[int] = None
        """The signal that came, if any."""
        self._before: Dict[Any, Any] = {}

    def __enter__(self) -> StopSignals:
        if threading.current_thread() is threading.main_thread():
            self._before = {each: signal.signal(each, self._note) for each in SIGNALS}
        return self

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self._restore()

    def _note(self, number: int, frame: Any) -> None:
        self.received = int(number)
        self._restore()

    def _restore(self) -> None:
        for each, handler in self._before.items():
            signal.signal(each, signal.SIG_DFL if handler is None else handler)
        self._before = {}
