"""Calls to a server: addresses, certificates, token, errors. No Slicer, no Qt."""

import pathlib
import urllib.parse

import grpc

from . import errors, transfer, wire

_MESSAGE_BYTES = 4 << 20
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class Client:
    """One server.

    address: "https://host:port", "http://host:port", or "host:port" (TLS unless it is this machine).
    token: sent with every call, never written anywhere. ca, certificate, key: PEM files.
    allow_insecure: the user agreed to speak without TLS to another machine. chunk_bytes: size of a piece of an upload, up to 1 MiB.
    Raises ValueError for an address that cannot be one; OSError for a file that cannot be read.
    """

    def __init__(self, address, token="", ca="", certificate="", key="", allow_insecure=False, chunk_bytes=transfer.CHUNK_BYTES):
        self.address, self.chunk_bytes = address, chunk_bytes
        self.server_version = ""  # known when it was asked
        self._metadata = (("authorization", "Bearer " + token),) if token else ()
        host, secure = parse(address)
        if not secure and not is_loopback(host) and not allow_insecure:
            raise ValueError("{} would be spoken to without TLS, and images would cross the network in the clear; use https://.".format(address))
        options = [("grpc.max_receive_message_length", _MESSAGE_BYTES), ("grpc.keepalive_time_ms", 30000)]
        if token and not secure and not is_loopback(host):
            raise ValueError("A token is sent over TLS only; use https://.")
        self._channel = (
            grpc.secure_channel(host, _credentials(ca, certificate, key), options) if secure else grpc.insecure_channel(host, options)
        )

    def close(self):
        self._channel.close()

    def unary(self, name, request, timeout=20.0):
        """A call with one answer. Raises ServerError."""
        try:
            return wire.stub(self._channel, name)(request, timeout=timeout, metadata=self._metadata)
        except grpc.RpcError as error:
            raise self.failure(error) from error

    def stream(self, name, request):
        """A call with many answers, as it runs: iterate over it, or cancel() it. Its errors go through `failure`."""
        return wire.stub(self._channel, name)(request, metadata=self._metadata)

    def upload(self, parts):
        """Sends UploadChunks; a running call: result() waits for the reply."""
        return wire.stub(self._channel, "Upload").future(parts, metadata=self._metadata)

    def failure(self, error):
        return errors.from_rpc(error, self.address, self.server_version)


def parse(address):
    """(host:port, whether TLS). Raises ValueError."""
    scheme, rest = address.split("://", 1) if "://" in address else ("", address)
    host = rest.strip().rstrip("/")
    parts = urllib.parse.urlsplit("//" + host)
    if scheme not in ("", "http", "https") or not parts.hostname or parts.port is None or parts.path:
        raise ValueError("'{}' is no server address; expected https://host:port.".format(address))
    return host, scheme == "https" or (scheme == "" and not is_loopback(host))


def in_the_clear(address):
    """Images would cross a network unencrypted. Raises ValueError."""
    host, secure = parse(address)
    return not secure and not is_loopback(host)


def is_loopback(host):
    return urllib.parse.urlsplit("//" + host).hostname in _LOOPBACK


def _credentials(ca, certificate, key):
    read = [pathlib.Path(file).read_bytes() if file else None for file in (ca, key, certificate)]
    return grpc.ssl_channel_credentials(*read)
