"""What went wrong, in one sentence a person can act on."""

import grpc

from . import wire

NEEDED = "0.1.0"  # the first version of the server that has all calls of this plugin
_OLD_SERVER = "{} is version {} and does not know this call; this plugin needs {} or newer. Ask for an update of the server."
_NO_SUCH_CALL = ("", "Method is unimplemented.", "Service is unimplemented.")


class ServerError(Exception):
    """A call that the server refused or that did not reach it.

    code: name of the status ("NOT_FOUND"); reason, found, wanted: of ErrorInfo, "" where the server said none;
    retry_after: seconds, or None when repeating is of no use; job_id: of the job that failed, else "".
    """

    def __init__(self, code, sentence, reason="", found="", wanted="", retry_after=None):
        super().__init__(sentence)
        self.code, self.reason, self.found, self.wanted, self.retry_after = code, reason, found, wanted, retry_after
        self.job_id = ""

    @property
    def details(self):
        """What a person quotes to the server's administrator."""
        parts = [self.code, self.reason, self.found and "found " + self.found, self.wanted and "wanted " + self.wanted, self.job_id and "job " + self.job_id]
        return ", ".join(part for part in parts if part)


class TransferError(Exception):
    """A map or file that arrived cut, out of order or changed on its way; what was there before stays."""


def from_rpc(error, address, version=""):
    """The ServerError of a grpc.RpcError."""
    code = error.code().name
    info = _details(error)
    text = _sentence(code, error.details() or "", address, version)
    return ServerError(code, text, **info)


def _sentence(code, said, address, version):
    if code == "UNAVAILABLE":
        return "Cannot reach {}: it is not running, or its certificate is not trusted. Check the address and try again.".format(address)
    if code == "UNAUTHENTICATED":
        return "{} wants a valid token. Enter one (it is not saved) and try again.".format(address)
    if code == "DEADLINE_EXCEEDED":
        return "{} took too long to answer. Try again, or segment a smaller region.".format(address)
    if code == "UNIMPLEMENTED" and said in _NO_SUCH_CALL:
        return _OLD_SERVER.format(address, version or "unknown", NEEDED)
    return said or "{} answered {} without a reason.".format(address, code)


def _details(error):
    info = {}
    for key, value in error.trailing_metadata() or ():
        if key == "grpc-status-details-bin":
            for detail in wire.message("mrnet.plugins.RichStatus").FromString(value).details:
                info.update(_detail(detail))
    return info


def _detail(detail):
    name = detail.type_url.rsplit(".", 1)[-1]
    if name == "ErrorInfo":
        read = wire.message("mrnet.plugins.ErrorInfo").FromString(detail.value)
        return {"reason": read.reason, "found": read.metadata.get("found", ""), "wanted": read.metadata.get("wanted", "")}
    if name == "RetryInfo":
        delay = wire.message("mrnet.plugins.RetryInfo").FromString(detail.value).retry_delay
        return {"retry_after": delay.seconds + delay.nanos / 1e9}
    return {}


def is_cancelled(error):
    return isinstance(error, grpc.RpcError) and error.code() == grpc.StatusCode.CANCELLED
