"""What a candidate's mail says: who wrote and how much; what they wrote is on the page."""

from dataclasses import dataclass, field

from hirewire.runtime.mail import Letter, Row


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What there is to tell."""

    name: str
    employer: str
    subject: str
    count: int
    url: str = field(repr=False)


def letter(news: News) -> Letter:
    """Put it into words."""
    waiting = "a message waits" if news.count == 1 else f"{news.count} messages wait"
    rows = (Row(label="Subject", lines=(news.subject,)),) if news.subject else ()
    return Letter(
        language="en",
        subject=f"{news.employer} wrote to you",
        heading=f"{news.employer} wrote to you",
        greeting=f"Hello {news.name},",
        opening=f"{waiting.capitalize()} for you. Read and answer on a page of your own.",
        rows=rows,
        action="Read and answer",
        url=news.url,
        action_hint="If the button does not work, open:",
        notes=(
            "The link is yours alone: whoever has it reads and writes as you. Keep it so.",
            "You get one mail for all that waits, and the next once you have read it.",
        ),
    )
