"""Whether somebody looks at a page, or a program only asks what there is."""

from starlette.requests import Request


def is_looked_at(request: Request) -> bool:
    """
    Tell whether somebody may be in front of what is answered.

    Nobody is yet where a browser only thinks that somebody may want to look, and nobody ever
    where no page is answered at all: what checks the links in mails sends HEAD.
    """
    is_ahead = "prefetch" in request.headers.get("sec-purpose", "")
    return request.method != "HEAD" and not is_ahead
