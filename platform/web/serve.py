#!/usr/bin/env python3
"""Serves the built page with the headers that it wants: isolation for threads, a strict content
policy, long caching for names that hold a hash.

Usage: serve.py [--port N] [--bind ADDRESS] [--no-isolation] [FOLDER]
"""
import argparse
import email.utils
import functools
import http.server
import io
import os
import pathlib
import re
import sys

TYPES = {".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm",
         ".json": "application/json", ".webmanifest": "application/manifest+json",
         ".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8",
         ".svg": "image/svg+xml", ".png": "image/png", ".gguf": "application/octet-stream"}
HASHED = re.compile(r"/[\w.-]*-[0-9a-f]{16}[/.]")
RANGE = re.compile(r"bytes=(\d+)-(\d*)$")
POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy"\s+content="([^"]*)"')


def policy_of(folder):
    """The page's own policy, from its <meta>; headers add what a <meta> cannot say."""
    page = folder / "index.html"
    found = POLICY.search(page.read_text(encoding="utf-8")) if page.is_file() else None
    own = " ".join(found.group(1).split()) if found else "default-src 'self'"
    return own + "; frame-ancestors 'none'"


class Handler(http.server.SimpleHTTPRequestHandler):
    """Files of one folder, whole or from a byte on."""

    protocol_version = "HTTP/1.1"
    status = 0  # of the latest answer
    extensions_map = {**TYPES, "": "application/octet-stream"}

    def __init__(self, *args, isolation, policy, quiet, **kwargs):
        self.isolation, self.policy, self.quiet = isolation, policy, quiet
        super().__init__(*args, **kwargs)

    def send_head(self):
        """Answers a range to the end of the file with 206; everything else as the base does."""
        match = RANGE.match(self.headers.get("Range", ""))
        path = pathlib.Path(self.translate_path(self.path))
        if not match or not path.is_file():
            return super().send_head()
        size = path.stat().st_size
        start, end = int(match.group(1)), int(match.group(2) or size - 1)
        if start >= size or end < start:
            self.send_response(416)
            self.send_header("Content-Range", f"bytes */{size}")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return None
        end = min(end, size - 1)
        with open(path, "rb") as file:
            file.seek(start)
            part = file.read(end - start + 1)
        self.send_response(206)
        self.send_header("Content-Type", self.guess_type(str(path)))
        self.send_header("Content-Range", f"bytes {start}-{end}/{size}")
        self.send_header("Content-Length", str(len(part)))
        self.send_header("Last-Modified", email.utils.formatdate(path.stat().st_mtime, usegmt=True))
        self.end_headers()
        return io.BytesIO(part)

    def send_response(self, code, message=None):
        self.status = int(code)
        super().send_response(code, message)

    def end_headers(self):
        if self.isolation:
            self.send_header("Cross-Origin-Opener-Policy", "same-origin")
            self.send_header("Cross-Origin-Embedder-Policy", "require-corp")
            self.send_header("Cross-Origin-Resource-Policy", "same-origin")
        self.send_header("Content-Security-Policy", self.policy)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("Accept-Ranges", "bytes")
        kept = self.status < 400 and HASHED.search(self.path.partition("?")[0])
        self.send_header("Cache-Control",
                         "public, max-age=31536000, immutable" if kept else "no-cache")
        super().end_headers()

    def list_directory(self, path):
        self.send_error(404, "File not found")

    def log_message(self, *args):
        if not self.quiet:
            super().log_message(*args)


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], (ConnectionError, TimeoutError)):
            super().handle_error(request, client_address)


def main():
    top = pathlib.Path(__file__).resolve().parents[2]
    parser = argparse.ArgumentParser(description="Serves the built page.")
    parser.add_argument("folder", nargs="?", default=top / "build/web/dist", type=pathlib.Path)
    parser.add_argument("--port", type=int, default=8080, help="0 = a free one (default 8080)")
    parser.add_argument("--bind", default="127.0.0.1", help="address (default 127.0.0.1)")
    parser.add_argument("--no-isolation", action="store_true",
                        help="without the headers that threads need")
    parser.add_argument("--quiet", action="store_true", help="no line per request")
    args = parser.parse_args()
    if not (args.folder / "manifest.json").is_file():
        parser.error(f"{args.folder} holds no page; scripts/web.sh builds it")
    handler = functools.partial(Handler, directory=os.fspath(args.folder),
                                isolation=not args.no_isolation,
                                policy=policy_of(args.folder), quiet=args.quiet)
    with Server((args.bind, args.port), handler) as server:
        print(f"http://{args.bind}:{server.server_address[1]}/", flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            pass


if __name__ == "__main__":
    main()
