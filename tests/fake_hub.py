"""Hugging Face's hub on 127.0.0.1: repositories that can be read, and uploads that are kept."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from http.server import BaseHTTPRequestHandler
from typing import Any, Dict, List
from urllib.parse import quote, urlsplit

from tests.flaky_server import FlakyServer

LARGE = (".safetensors", ".h5", ".bin")
"""Endings of the files whose checksum the hub tells, as it does of those in Git LFS."""


class FakeHub(FlakyServer):
    """Serves what `push` got, and takes what huggingface_hub uploads with the token `"secret"`.

    `posted` lists the paths of all requests that are no GET, `cards` the model cards.
    """

    def __init__(self) -> None:
        super().__init__()
        self.repositories: Dict[str, Dict[str, bytes]] = {}
        self.posted: List[str] = []
        self.cards: List[str] = []
        self._large: Dict[str, bytes] = {}
        hub = self

        def answer(handler: BaseHTTPRequestHandler) -> None:
            hub._post(handler)

        for method in ("POST", "PUT", "HEAD"):
            setattr(self._server.RequestHandlerClass, f"do_{method}", answer)

    @property
    def endpoint(self) -> str:
        return self.url.rstrip("/")

    def push(self, repository: str, files: Dict[str, bytes], revision: str = "main") -> str:
        """Makes a commit that holds exactly these files; returns its name."""
        listed = json.dumps({name: hashlib.sha1(files[name]).hexdigest() for name in sorted(files)})
        commit = hashlib.sha1(f"{repository} {listed}".encode()).hexdigest()
        siblings = []
        for name, content in files.items():
            entry: Dict[str, Any] = {"rfilename": name, "size": len(content), "blobId": "0" * 40}
            if name.endswith(LARGE):
                sha256 = hashlib.sha256(content).hexdigest()
                entry["lfs"] = {"sha256": sha256, "size": len(content), "pointerSize": 130}
            siblings.append(entry)
            self.files[f"{repository}/resolve/{commit}/{quote(name)}"] = content
        answer = json.dumps({"id": repository, "sha": commit, "siblings": siblings}).encode()
        for known_as in (revision, commit):
            self.files[self.question(repository, known_as)] = answer
        self.repositories[repository] = dict(files)
        return commit

    @staticmethod
    def question(repository: str, revision: str = "main") -> str:
        """The path that asks what a revision is."""
        return f"api/models/{repository}/revision/{quote(revision, safe='')}?blobs=true"

    def asked_for(self, ending: str) -> int:
        """How often files of a name were asked for."""
        return sum(path.endswith(ending) for path, _ in self.requests)

    # === Uploads ===

    def _post(self, handler: BaseHTTPRequestHandler) -> None:
        path = urlsplit(handler.path).path.lstrip("/")
        self.posted.append(f"{handler.command} {path}")
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        stored = re.fullmatch(r"lfs/([0-9a-f]{64})", path)
        if handler.command == "HEAD":
            repository, _, name = path.partition("/resolve/main/")
            found = name in self.repositories.get(repository, {})
            self._send(handler, 200 if found else 404, {}, {"X-Error-Code": "EntryNotFound"})
        elif stored:
            assert hashlib.sha256(body).hexdigest() == stored.group(1)
            self._large[stored.group(1)] = body
            self._send(handler, 200, {})
        elif handler.headers.get("Authorization") != "Bearer secret":
            self._send(handler, 401, {"error": "Invalid username or password."})
        else:
            self._send(handler, 200, self._answer_to(path, body))

    def _answer_to(self, path: str, body: bytes) -> Dict[str, Any]:
        if path == "api/repos/create":
            wanted = json.loads(body)
            repository = "/".join(filter(None, [wanted.get("organization"), wanted["name"]]))
            self.repositories.setdefault(repository, {})
            asks = f"api/models/{repository}/revision/main?expand=xetEnabled"  # versions below 1
            self.files[asks] = json.dumps({"id": repository, "xetEnabled": False}).encode()
            return {"url": f"{self.endpoint}/{repository}"}
        if path == "api/validate-yaml":
            self.cards.append(json.loads(body)["content"])
            return {"errors": [], "warnings": []}
        preupload = re.fullmatch(r"api/models/.+/preupload/main", path)
        if preupload:
            paths = [file["path"] for file in json.loads(body)["files"]]
            modes = {name: "lfs" if name.endswith(LARGE) else "regular" for name in paths}
            files = [{"path": k, "uploadMode": v, "shouldIgnore": False} for k, v in modes.items()]
            return {"files": files}
        if path.endswith(".git/info/lfs/objects/batch"):
            objects = [
                {**wanted, "actions": {"upload": {"href": f"{self.url}lfs/{wanted['oid']}"}}}
                for wanted in json.loads(body)["objects"]
            ]
            return {"transfer": "basic", "objects": objects}
        commit = re.fullmatch(r"api/models/(.+)/commit/main", path)
        assert commit is not None, path
        files = dict(self.repositories[commit.group(1)])
        for line in map(json.loads, body.splitlines()):
            value = line["value"]
            if line["key"] == "file":
                files[value["path"]] = base64.b64decode(value["content"])
            elif line["key"] == "lfsFile":
                files[value["path"]] = self._large[value["oid"]]
        name = self.push(commit.group(1), files)
        url = f"{self.endpoint}/{commit.group(1)}/commit/{name}"
        return {"commitUrl": url, "commitOid": name}

    @staticmethod
    def _send(
        handler: BaseHTTPRequestHandler, status: int, answer: Any, headers: Any = None
    ) -> None:
        content = json.dumps(answer).encode()
        handler.send_response(status)
        if status != 200:
            for name, value in (headers or {}).items():
                handler.send_header(name, value)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        if handler.command != "HEAD":
            handler.wfile.write(content)
