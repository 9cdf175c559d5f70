"""What a request to the endpoint is: the head that it must have, and the body that it may."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, Self

import msgspec

from hirewire.web.graphql.errors import (
    BodyTooLarge,
    NotGraphQL,
    NotJson,
    NotUtf8,
    UnknownEncoding,
)

_JSON: Final = b"application/json"
_UTF_8: Final = frozenset({"utf-8", "utf8", "us-ascii", "ascii"})
_LONGEST_SHOWN: Final = 100


class Request(msgspec.Struct, rename="camel"):
    """The body of a request (seed 001, "Before you start")."""

    query: str
    operation_name: str | None = None
    variables: dict[str, Any] | None = None
    extensions: dict[str, Any] | None = None


_decode: Final = msgspec.json.Decoder(Request).decode


@dataclass(slots=True)
class Head:
    """The headers that decide how a request is taken."""

    content_type: bytes = b""
    content_encoding: bytes = b""
    content_length: bytes = b""
    accept: bytes = b""
    origin: bytes | None = None

    @classmethod
    def of(cls, headers: Iterable[tuple[bytes, bytes]]) -> Self:
        """Pick them out of *headers*."""
        head = cls()
        for name, value in headers:
            if name == b"content-type":
                head.content_type = value
            elif name == b"content-length":
                head.content_length = value
            elif name == b"accept":
                head.accept = value
            elif name == b"content-encoding":
                head.content_encoding = value
            elif name == b"origin":
                head.origin = value
        return head

    def check(self, longest: int) -> None:
        """
        See that the body to come can be taken, before any of it is read.

        Raises:
            NotJson, NotUtf8, UnknownEncoding, BodyTooLarge: it cannot.
        """
        if self.content_type != _JSON:
            _check_type(self.content_type.decode("latin-1"))
        if self.content_encoding and self.content_encoding.lower() != b"identity":
            encoding = self.content_encoding.decode("latin-1")
            raise UnknownEncoding(encoding=encoding[:_LONGEST_SHOWN])
        if self.content_length.isdigit() and int(self.content_length[:20]) > longest:
            raise BodyTooLarge(limit=longest)


def read_request(body: bytes) -> Request:
    """
    Read the request that *body* is.

    Raises:
        NotGraphQL: it is none.
    """
    try:
        return _decode(body)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise NotGraphQL(reason=_wrong(body, error)) from None


def _check_type(content_type: str) -> None:
    """Insist on JSON, and on UTF-8 where a charset is named."""
    media_type, *parameters = content_type.split(";")
    if media_type.strip().lower() != _JSON.decode():
        raise NotJson(content_type=content_type[:_LONGEST_SHOWN])
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        charset = value.strip().strip('"')
        if name.strip().lower() == "charset" and charset.lower() not in _UTF_8:
            raise NotUtf8(charset=charset[:_LONGEST_SHOWN])


def _wrong(body: bytes, error: Exception) -> str:
    """Say what is wrong with *body*, which could not be read because of *error*."""
    if body.lstrip()[:1] == b"[":
        return "Batches are not supported: send one operation."
    try:
        json.dumps(json.loads(body.decode()), ensure_ascii=False).encode()
    except UnicodeDecodeError:
        return "The body is no GraphQL request: it is not UTF-8."
    except UnicodeEncodeError:
        return "The body is no GraphQL request: it has a surrogate, \\ud800 to \\udfff, alone."
    except (ValueError, RecursionError):
        pass
    return f"The body is no GraphQL request: {error}"
