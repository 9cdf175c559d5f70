"""Forms are read as browsers send them, and refused in any other shape."""

import pytest
from starlette.requests import Request
from starlette.types import Message

from hirewire.kit.refusals import HirewireError
from hirewire.web.pages import BadForm, Form, FormTooLarge, read_form

FORM = "application/x-www-form-urlencoded"


def _request(body: bytes, content_type: str = FORM) -> Request:
    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    headers = [(b"content-type", content_type.encode())]
    return Request({"type": "http", "method": "POST", "headers": headers}, receive)


class TestReadForm:
    @pytest.mark.parametrize("content_type", [FORM, f"{FORM}; charset=UTF-8", FORM.upper()])
    async def test_reads_fields_in_their_order(self, content_type: str) -> None:
        """
        Several of one name are all there, and one that is missing is empty.
        """
        body = b"scope=a&scope=b+c&name=%C3%89va&empty="

        form = await read_form(_request(body, content_type))

        assert form.all("scope") == ("a", "b c")
        assert (form.one("name"), form.one("empty"), form.one("none")) == ("Éva", "", "")

    @pytest.mark.parametrize(
        "body",
        [
            b"a=%zz",
            b"a=%ff",
            b"a=\xc3\xa9",
            b"a=%00",
            b"a=%ED%A0%80",
            b"&".join([b"a=1"] * 1001),
        ],
    )
    async def test_refuses_what_no_browser_sends(self, body: bytes) -> None:
        """
        Broken escapes, broken UTF-8, NUL and too many fields are no form.
        """
        with pytest.raises(BadForm, match=r"^The form is malformed\.$"):
            await read_form(_request(body))

    @pytest.mark.parametrize("content_type", ["application/json", "multipart/form-data", ""])
    async def test_takes_forms_only(self, content_type: str) -> None:
        """
        What a page of another kind could send without asking is not read at all.
        """
        with pytest.raises(BadForm, match="This page takes forms only"):
            await read_form(_request(b"a=1", content_type))

    async def test_reads_so_much_and_no_more(self) -> None:
        """
        The largest form is read; one byte more is refused as too large.
        """
        assert (await read_form(_request(b"a=123"), largest=5)).one("a") == "123"

        with pytest.raises(FormTooLarge) as refusal:
            await read_form(_request(b"a=1234"), largest=5)

        assert refusal.value.largest_bytes == 5


class TestForm:
    def test_refuses_two_where_one_belongs(self) -> None:
        """
        Which of two was meant nobody can know.
        """
        form = Form((("a", "1"), ("a", "2")))

        with pytest.raises(HirewireError, match="more than once"):
            form.one("a")

    def test_never_shows_itself(self) -> None:
        """
        It may hold a password.
        """
        assert "secret" not in repr(Form((("password", "secret"),)))
