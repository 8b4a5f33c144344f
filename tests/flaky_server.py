"""An HTTP server on 127.0.0.1 that misbehaves on demand; no test reaches the real network."""

from __future__ import annotations

import re
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Dict, List, Optional, Tuple, Union


class FlakyServer:
    """Serves `files` (path to bytes); each request to a path first takes one of its `faults`.

    A fault is a dict with any of: `status` (answer with it and no content), `cut` (close the
    connection after so many bytes), `wait` (seconds before answering), `pause` (seconds in the
    middle of the bytes). `requests` lists path and Range header of each request, `headers` all of
    its headers. `redirects` sends a path to an address, `ranges` False ignores Range headers, and
    "refuse" answers 416 to them.
    """

    def __init__(self, ranges: Union[bool, str] = True, lengths: bool = True):
        self.files: Dict[str, bytes] = {}
        self.faults: Dict[str, List[Dict[str, Any]]] = {}
        self.redirects: Dict[str, str] = {}
        self.requests: List[Tuple[str, Optional[str]]] = []
        self.headers: List[Dict[str, str]] = []
        self.ranges = ranges
        self.lengths = lengths
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer._answer(self)

            def log_message(self, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.02,), daemon=True
        )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/"

    def __enter__(self) -> FlakyServer:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        path, wanted = handler.path.lstrip("/"), handler.headers.get("Range")
        self.requests.append((path, wanted))
        self.headers.append(dict(handler.headers.items()))
        faults = self.faults.get(path)
        fault = faults.pop(0) if faults else {}
        time.sleep(fault.get("wait", 0))
        status = fault.get("status", 200 if path in self.files else 404)
        if path in self.redirects:
            status = 302
        elif wanted and self.ranges == "refuse":
            status = 416
        if status != 200:
            handler.send_response(status)
            if status == 302:
                handler.send_header("Location", self.redirects[path])
            handler.send_header("Content-Length", "0")
            handler.end_headers()
            return
        content, start = self.files[path], 0
        if self.ranges and wanted:
            start = int(re.match(r"bytes=(\d+)-$", wanted).group(1))
        if start > len(content) or (start and start == len(content)):
            handler.send_response(416)
            handler.send_header("Content-Length", "0")
            handler.end_headers()
            return
        handler.send_response(206 if start else 200)
        if start:
            handler.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        if self.lengths:
            handler.send_header("Content-Length", str(len(content) - start))
        handler.end_headers()
        body = content[start : start + fault["cut"]] if "cut" in fault else content[start:]
        try:
            handler.wfile.write(body[: len(body) // 2])
            handler.wfile.flush()
            time.sleep(fault.get("pause", 0))
            handler.wfile.write(body[len(body) // 2 :])
        except OSError:
            pass  # the client has given up
        handler.close_connection = True
