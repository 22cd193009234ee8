"""A Hub of our own, for the client of ``huggingface_hub``: repositories of Spaces, large files, buckets.

It behaves as the real one was read to behave: who may write, what a plain commit may hold (no file over
10 MiB, no binary one outside the large storage), one commit at a time on top of the one it names, a build
that goes through its stages, a page that answers when it has run through them. Faults are set by step.
"""

from __future__ import annotations

import base64
import contextlib
import fnmatch
import hashlib
import http.server
import json
import re
import socket
import threading
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

WRITER, READER = "hf_writer", "hf_reader"
MOST_PLAIN = 10 * 1024 * 1024
ATTRIBUTES = "\n".join(
    f"*.{ending} filter=lfs diff=lfs merge=lfs -text"
    for ending in ("bin", "npz", "safetensors", "zip", "zst")
)


@dataclass
class Repo:
    """One Space: its files (path to bytes), where it stands and what is set."""

    files: dict[str, bytes] = field(default_factory=lambda: {".gitattributes": ATTRIBUTES.encode()})
    commits: list[str] = field(default_factory=lambda: ["0" * 40])
    created: dict[str, Any] = field(default_factory=dict)
    private: bool = False
    hardware: str = "cpu-basic"
    variables: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    volumes: list[dict[str, Any]] = field(default_factory=list)
    stages: list[str] = field(default_factory=list)
    error: str = ""


@dataclass(frozen=True)
class Refusal:
    """A status with headers; ``times`` it is answered before things go well again, None for ever."""

    status: int
    said: str = "no"
    headers: tuple[tuple[str, str], ...] = ()


class Hub:
    """The state of the stand-in, and what it was asked."""

    def __init__(self) -> None:
        self.repos: dict[str, Repo] = {}
        self.buckets: dict[str, dict[str, Any]] = {}
        self.stored: dict[str, bytes] = {}
        self.faults: dict[str, Refusal | str] = {}
        self.asked: list[str] = []
        self.builds = ["BUILDING", "APP_STARTING", "RUNNING"]
        self.url = ""

    @contextlib.contextmanager
    def serving(self) -> Iterator[Hub]:
        """Listen on a free port."""
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (_Handler,), {"hub": self}))
        self.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            server.shutdown()
            server.server_close()
            thread.join()


class _Handler(http.server.BaseHTTPRequestHandler):
    hub: Hub
    protocol_version = "HTTP/1.1"
    timeout = 20

    def log_message(self, *_: Any) -> None:
        """Nothing on stderr."""

    def do_GET(self) -> None:
        self.handle_one("GET")

    def do_POST(self) -> None:
        self.handle_one("POST")

    def do_PUT(self) -> None:
        self.handle_one("PUT")

    def handle_one(self, method: str) -> None:
        path = urllib.parse.urlsplit(self.path).path
        for pattern, step in _ROUTES:
            if found := re.fullmatch(pattern, f"{method} {path}"):
                self.hub.asked.append(step)
                break
        else:
            self.hub.asked.append(f"unknown {method} {path}")
            self.answer(404, {"error": "unknown"})
            return
        fault = self.hub.faults.get(step)
        if fault == "cut":  # half of it arrives, then the line is gone
            self.rfile.read(int(self.headers.get("content-length") or 0) // 2)
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        if "chunked" in self.headers.get("transfer-encoding", ""):
            body = self.chunks()
        if isinstance(fault, Refusal):
            self.answer(fault.status, {"error": fault.said}, dict(fault.headers))
            return
        if self.allowed(step):
            getattr(self, "on_" + step)(*found.groups(), body=body)

    def chunks(self) -> bytes:
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def allowed(self, step: str) -> bool:
        """Whoever is known may look; only the writer may write; the page and the large storage are open."""
        token = self.headers.get("authorization", "").removeprefix("Bearer ")
        if step in ("page", "upload", "harnesses"):
            return True
        if token not in (WRITER, READER):
            refused = {"X-Error-Message": "Invalid credentials in Authorization header"}
            self.answer(401, {"error": "Invalid credentials in Authorization header"}, refused)
            return False
        if token == READER and step not in ("info", "runtime", "variables", "secrets"):
            said = "you don't have the rights to write here"
            self.answer(403, {"error": said}, {"X-Error-Message": said})
            return False
        return True

    def answer(self, status: int, value: Any, headers: dict[str, str] | None = None) -> None:
        body = json.dumps(value).encode()
        self.send_response(status)
        for name, text in {"content-type": "application/json", **(headers or {})}.items():
            self.send_header(name, text)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def repo(self, name: str) -> Repo | None:
        if name not in self.hub.repos:
            self.answer(404, {"error": "Repository not found"}, {"X-Error-Code": "RepoNotFound"})
        return self.hub.repos.get(name)

    def on_harnesses(self, *, body: bytes) -> None:
        """The client asks once by which variables it could tell that an agent runs it."""
        self.answer(200, {"standardEnvVars": [], "harnesses": {}})

    # --- repositories ---

    def on_create(self, *, body: bytes) -> None:
        wish = json.loads(body)
        name = f"{wish['organization']}/{wish['name']}"
        url = f"{self.hub.url}/spaces/{name}"
        if name in self.hub.repos:
            self.answer(409, {"error": "You already created this space repo", "url": url})
            return
        private = wish.get("visibility") == "private"
        self.hub.repos[name] = Repo(
            created=wish, private=private, hardware=wish.get("hardware", "cpu-basic"), stages=["NO_APP_FILE"]
        )
        self.answer(200, {"url": url})

    def on_info(self, name: str, *, body: bytes) -> None:
        if repo := self.repo(name):
            siblings = [{"rfilename": path} for path in repo.files]
            host = f"{self.hub.url}/run/{name}"
            info = {"id": name, "sha": repo.commits[-1], "siblings": siblings, "private": repo.private}
            self.answer(200, {**info, "host": host})

    def on_settings(self, name: str, *, body: bytes) -> None:
        if repo := self.repo(name):
            repo.private = json.loads(body)["visibility"] == "private"
            self.answer(200, {})

    def on_runtime(self, name: str, *, body: bytes) -> None:
        if repo := self.repo(name):
            stage = repo.stages.pop(0) if len(repo.stages) > 1 else repo.stages[0]
            self.answer(200, self.runtime(repo, stage))

    def runtime(self, repo: Repo, stage: str) -> dict[str, Any]:
        hardware = {"current": repo.hardware, "requested": repo.hardware}
        value = {"stage": stage, "hardware": hardware, "volumes": repo.volumes, "sha": repo.commits[-1]}
        return {**value, **({"errorMessage": repo.error} if repo.error else {})}

    def on_hardware(self, name: str, *, body: bytes) -> None:
        if repo := self.repo(name):
            repo.hardware = json.loads(body)["flavor"]
            self.answer(200, self.runtime(repo, "BUILDING"))

    def on_variables(self, name: str, *, body: bytes) -> None:
        self.pairs(name, body, "variables")

    def on_set_variable(self, name: str, *, body: bytes) -> None:
        self.pairs(name, body, "variables")

    def on_secrets(self, name: str, *, body: bytes) -> None:
        self.pairs(name, body, "secrets")

    def on_set_secret(self, name: str, *, body: bytes) -> None:
        self.pairs(name, body, "secrets")

    def pairs(self, name: str, body: bytes, kind: str) -> None:
        if repo := self.repo(name):
            kept = getattr(repo, kind)
            if body:
                pair = json.loads(body)
                kept[pair["key"]] = pair["value"]
            shown = {key: {"value": value} if kind == "variables" else {} for key, value in kept.items()}
            self.answer(200, shown)

    def on_volumes(self, name: str, *, body: bytes) -> None:
        if repo := self.repo(name):
            repo.volumes = json.loads(body)["volumes"]
            self.answer(200, {})

    def on_bucket(self, name: str, *, body: bytes) -> None:
        url = f"{self.hub.url}/buckets/{name}"
        status = 409 if name in self.hub.buckets else 200
        self.hub.buckets.setdefault(name, json.loads(body))
        self.answer(status, {"url": url})

    # --- files ---

    def on_validate(self, *, body: bytes) -> None:
        front = json.loads(body)["content"].split("---\n")
        if len(front) < 3 or "sdk: gradio" not in front[1]:
            self.answer(400, {"errors": [{"message": '"sdk" is required'}], "warnings": []})
            return
        self.answer(200, {"errors": [], "warnings": []})

    def on_preupload(self, name: str, *, body: bytes) -> None:
        if repo := self.repo(name):
            files = [self.upload_mode(repo, file) for file in json.loads(body)["files"]]
            self.answer(200, {"files": files})

    def upload_mode(self, repo: Repo, file: dict[str, Any]) -> dict[str, Any]:
        """Large or binary files go into the large storage; the sample tells which are binary."""
        lfs = file["size"] > MOST_PLAIN or _is_binary(base64.b64decode(file["sample"]), whole=False)
        patterns = [line.split()[0] for line in repo.files[".gitattributes"].decode().splitlines()]
        lfs |= any(fnmatch.fnmatch(file["path"], pattern) for pattern in patterns)
        here = repo.files.get(file["path"])
        oid = None if here is None else _oid(here, lfs)
        mode = "lfs" if lfs else "regular"
        return {"path": file["path"], "uploadMode": mode, "shouldIgnore": False, "oid": oid}

    def on_batch(self, name: str, *, body: bytes) -> None:
        objects = []
        for wished in json.loads(body)["objects"]:
            entry = dict(wished)
            if wished["oid"] not in self.hub.stored:
                upload = {"href": f"{self.hub.url}/large/{wished['oid']}"}
                entry["actions"] = {"upload": upload, "verify": {"href": f"{self.hub.url}/verify"}}
            objects.append(entry)
        self.answer(200, {"objects": objects, "transfer": "basic"})

    def on_upload(self, oid: str, *, body: bytes) -> None:
        if hashlib.sha256(body).hexdigest() != oid:
            self.answer(400, {"error": "the bytes are others than announced"})
            return
        self.hub.stored[oid] = body
        self.answer(200, {})

    def on_verify(self, *, body: bytes) -> None:
        wished = json.loads(body)
        whole = len(self.hub.stored.get(wished["oid"], b"")) == wished["size"]
        self.answer(200 if whole else 404, {})

    def on_commit(self, name: str, *, body: bytes) -> None:
        repo = self.repo(name)
        if repo is None:
            return
        files = dict(repo.files)
        for line in body.splitlines():
            entry = json.loads(line)
            if refused := self.applied(files, entry["key"], entry["value"], repo.commits[-1]):
                self.answer(refused[0], {"error": refused[1]})
                return
        repo.files = files
        repo.commits.append(hashlib.sha1(body).hexdigest())
        repo.stages = list(self.hub.builds)
        sha = repo.commits[-1]
        url = f"{self.hub.url}/spaces/{name}/commit/{sha}"
        self.answer(200, {"commitUrl": url, "commitOid": sha})

    def applied(
        self, files: dict[str, bytes], kind: str, value: dict[str, Any], head: str
    ) -> tuple[int, str] | None:
        """One line of a commit; what is wrong with it refuses the whole of it."""
        match kind:
            case "header":
                if value.get("parentCommit", head) != head:
                    return 412, "The parent commit is not the head of the branch"
            case "file":
                content = base64.b64decode(value["content"])
                if len(content) > MOST_PLAIN:
                    return 413, f"{value['path']} is larger than 10 MiB: use the large storage"
                if _is_binary(content, whole=True):
                    return 400, f"{value['path']} is binary: use the large storage"
                files[value["path"]] = content
            case "lfsFile":
                if value["oid"] not in self.hub.stored:
                    return 400, f"{value['path']} was never uploaded"
                files[value["path"]] = self.hub.stored[value["oid"]]
            case "deletedFile":
                if files.pop(value["path"], None) is None:
                    return 404, "A file with this name doesn't exist"
        return None

    def on_page(self, name: str, *, body: bytes) -> None:
        repo = self.hub.repos[name]
        token = self.headers.get("authorization")
        if repo.private and token != f"Bearer {WRITER}":
            self.answer(404, {"error": "Sorry, we can't find the page you are looking for."})
            return
        self.answer(200, {"status": "alive"})


_ID = r"([\w.-]+/[\w.-]+)"
_ROUTES = (
    (r"GET /api/agent-harnesses", "harnesses"),
    (r"POST /api/repos/create", "create"),
    (rf"GET /api/spaces/{_ID}(?:/revision/main)?", "info"),
    (rf"PUT /api/spaces/{_ID}/settings", "settings"),
    (rf"GET /api/spaces/{_ID}/runtime", "runtime"),
    (rf"POST /api/spaces/{_ID}/hardware", "hardware"),
    (rf"GET /api/spaces/{_ID}/variables", "variables"),
    (rf"POST /api/spaces/{_ID}/variables", "set_variable"),
    (rf"GET /api/spaces/{_ID}/secrets", "secrets"),
    (rf"POST /api/spaces/{_ID}/secrets", "set_secret"),
    (rf"PUT /api/spaces/{_ID}/volumes", "volumes"),
    (rf"POST /api/buckets/{_ID}", "bucket"),
    (r"POST /api/validate-yaml", "validate"),
    (rf"POST /api/spaces/{_ID}/preupload/main", "preupload"),
    (rf"POST /spaces/{_ID}\.git/info/lfs/objects/batch", "batch"),
    (r"PUT /large/([0-9a-f]{64})", "upload"),
    (r"POST /verify", "verify"),
    (rf"POST /api/spaces/{_ID}/commit/main", "commit"),
    (rf"GET /run/{_ID}/healthz", "page"),
)


def _is_binary(content: bytes, *, whole: bool) -> bool:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        if whole or error.start < len(content) - 3:  # a sample may end within a character
            return True
    return b"\0" in content


def _oid(content: bytes, lfs: bool) -> str:
    if lfs:
        return hashlib.sha256(content).hexdigest()
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
