"""StopSignals: SIGTERM and Ctrl-C wait for the end of a step."""

from __future__ import annotations

import logging
import signal
import threading
from types import TracebackType
from typing import Any, Dict, Optional, Type

logger = logging.getLogger(__name__)

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
        # In a thread: the signal may have come while this one writes a line.
        message = (
            "Stopping: the step is finished and the state saved first. Once more stops at once."
        )
        threading.Thread(target=logger.warning, args=(message,), daemon=True).start()

    def _restore(self) -> None:
        for each, handler in self._before.items():
            signal.signal(each, signal.SIG_DFL if handler is None else handler)
        self._before = {}
