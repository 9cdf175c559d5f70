"""Tests of answers that the application sends in one message."""

import httpx
from starlette.types import Message

from hirewire.web.answers import JSON, Answer
from tests.web.server.running import running

ASK = b"GET /whole HTTP/1.1\r\nHost: h\r\n\r\n"


class TestOverTheWire:
    async def test_has_its_length_its_headers_and_a_date(self) -> None:
        """
        The answer is complete, and the connection stays for the next request.
        """
        async with running() as world:
            client = await world.connect()

            await client.say(ASK)
            first = await client.hear_until(b"all of it")
            await client.say(ASK)
            second = await client.hear_until(b"all of it")

        head = first.partition(b"\r\n\r\n")[0].split(b"\r\n")
        assert head[0] == b"HTTP/1.1 200 OK"
        assert b"content-length: 9" in head
        assert b"x-more: yes" in head
        assert len([line for line in head if line.startswith(b"date: ")]) == 1
        assert second.startswith(b"HTTP/1.1 200 OK")

    async def test_ends_a_connection_that_is_to_be_closed(self) -> None:
        """
        Who asks for the last time is told so, and is closed.
        """
        async with running() as world:
            client = await world.connect()

            await client.say(ASK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
            heard = await client.hear_all()

        assert b"\r\nconnection: close\r\n" in heard
        assert heard.endswith(b"all of it")

    async def test_has_no_body_for_a_head(self) -> None:
        """
        HEAD gets the length of what GET would get, and the next answer comes behind it.
        """
        async with running() as world:
            client = await world.connect()

            await client.say(ASK.replace(b"GET", b"HEAD") + ASK)
            heard = await client.hear_until(b"all of it")

        assert heard.count(b"content-length: 9\r\n") == 2
        assert heard.count(b"all of it") == 1

    async def test_a_header_of_two_lines_is_never_sent(self) -> None:
        """
        What would add a header of a stranger's is an error of ours, and answers nothing else.
        """
        async with running() as world:
            client = await world.connect()

            await client.say(ASK.replace(b"whole", b"split"))
            heard = await client.hear_until(b"\r\n\r\n")

        assert heard.startswith(b"HTTP/1.1 500 ")
        assert b"x-evil" not in heard


class TestElsewhere:
    async def test_comes_in_two_messages_where_one_is_not_offered(self) -> None:
        """
        On another server the same answer is an ordinary one.
        """
        messages: list[Message] = []

        async def send(message: Message) -> None:
            messages.append(message)

        async def receive() -> Message:
            return {"type": "http.disconnect"}

        await Answer(201, (JSON,), b"{}")({"type": "http"}, receive, send)

        assert [message["type"] for message in messages] == [
            "http.response.start",
            "http.response.body",
        ]
        assert messages[0]["status"] == 201
        assert messages[0]["headers"] == [JSON, (b"content-length", b"2")]
        assert messages[1]["body"] == b"{}"

    async def test_is_the_same_for_a_client_of_the_application(self) -> None:
        """
        A client that calls the application in the process gets status, headers and body.
        """
        transport = httpx.ASGITransport(Answer(200, (JSON,), b'{"a":1}'))
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
            answered = await http.get("/")

        assert (answered.status_code, answered.json()) == (200, {"a": 1})
