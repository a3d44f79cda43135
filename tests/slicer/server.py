"""The real server for the tests, started from the build output."""

import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
PLUGIN = ROOT / "src" / "plugins" / "slicer" / "MRNetSegmentation"
SAMPLES = ROOT / "testdata"
_PROGRAM = ROOT / "src" / "MRNet.Imaging.Cli" / "bin" / "Release" / "net10.0" / "mrnet"

sys.path.insert(0, str(PLUGIN))


def program():
    """Path of the built `mrnet`, or None."""
    file = pathlib.Path(os.environ.get("MRNET_PROGRAM", _PROGRAM))
    return file if file.is_file() else None


class Server:
    """`mrnet serve` on free ports with a data folder of its own; `kill` and `start` again to see it go and come back.

    accounts: over TLS, and for callers with a key only; `token` is one, `ca` says whom to trust.
    more: further options.
    """

    def __init__(self, accounts=False, more=()):
        self._folder = tempfile.TemporaryDirectory()
        self._port = free_port()
        self.ca = self.token = ""
        self._security = self._secure() if accounts else []
        self._more = list(more)
        self.address = "{}://127.0.0.1:{}".format("https" if accounts else "http", self._port)
        self.start()

    def _secure(self):
        self.ca, key = (os.path.join(self._folder.name, name) for name in ("server.pem", "server.key"))
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
            + ["-keyout", key, "-out", self.ca],
            check=True, stderr=subprocess.DEVNULL,
        )
        made = subprocess.run([str(program()), "keys", "add", "slicer", "--role", "viewer", "--store", self._folder.name], check=True, capture_output=True, text=True)
        self.token = made.stdout.strip()
        return ["--tls-certificate", self.ca, "--tls-key", key]

    def start(self):
        arguments = ["serve", "--store", self._folder.name, "--port", str(self._port), *self._security, *self._more]
        self._process = subprocess.Popen([str(program()), *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self._wait()

    def kill(self):
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def close(self):
        self._process.terminate()
        self._process.wait(30)
        self._folder.cleanup()

    def _wait(self):
        """Until all bundled models are loaded."""
        from MRNetLib import client, errors, wire

        asked = client.Client(self.address, token=self.token, ca=self.ca)
        for _ in range(600):
            try:
                models = asked.unary("ListModels", wire.message("ListModelsRequest")(), timeout=2.0).models
                if models and all(model.ready for model in models):
                    return asked.close()
            except errors.ServerError:
                pass
            time.sleep(0.1)
        raise RuntimeError("The server did not become ready within a minute.")


def free_port():
    """A free port whose next one, for the pages, is free too."""
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            try:
                second.bind(("127.0.0.1", first.getsockname()[1] + 1))
            except OSError:
                continue
            return first.getsockname()[1]
