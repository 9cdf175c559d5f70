"""Letters that have no more to say than they must."""

from hirewire.runtime.mail import Letter

LETTER = Letter(
    language="en",
    subject="Confirm your e-mail address",
    heading="Confirm it",
    greeting="Hello <Ada>,",
    opening="Somebody created an account.",
    action="Confirm",
    url="https://hire.example/verify-email?token=1&person=2",
    action_hint="If the button does not work, open:",
    notes=("It works for two days.",),
)


class TestLetter:
    def test_reads_as_text_without_what_it_lacks(self) -> None:
        """No list, no footer, and no gap where they would be."""
        assert LETTER.text() == (
            "Hello <Ada>,\n"
            "\n"
            "Confirm it\n"
            "Somebody created an account.\n"
            "\n"
            "Confirm:\n"
            "  https://hire.example/verify-email?token=1&person=2\n"
            "\n"
            "It works for two days.\n"
        )

    def test_leaves_out_of_the_page_what_it_lacks(self) -> None:
        """A table is the page, the card or the button; the link is escaped."""
        html = LETTER.html()

        assert (html.count("<table"), html.count("</table>")) == (3, 3)
        assert "Hello &lt;Ada&gt;," in html
        assert html.count('href="https://hire.example/verify-email?token=1&amp;person=2"') == 2
