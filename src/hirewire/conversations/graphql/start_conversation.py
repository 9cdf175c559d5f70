"""The `startConversation` mutation."""

from dataclasses import dataclass

from msgspec import Struct

from hirewire.conversations.graphql.drafts import AttachmentInput, read_attachments
from hirewire.conversations.graphql.view import ConversationView, show
from hirewire.conversations.model import Candidate, Draft, Message
from hirewire.conversations.service import Conversations
from hirewire.conversations.starting import StartConversation
from hirewire.web.graphql import Context


class CandidateInput(Struct, rename="camel"):
    """`ConversationCandidateInput`."""

    name: str
    email: str


class FirstMessageInput(Struct, rename="camel"):
    """`FirstConversationMessageInput`."""

    text: str
    attachments: list[AttachmentInput] | None = None


class StartConversationInput(Struct, rename="camel"):
    """With whom, and about what."""

    candidate: CandidateInput
    subject: str | None = None
    posting_id: str | None = None
    message: FirstMessageInput | None = None
    idempotency_key: str | None = None

    def command(self) -> StartConversation:
        """Say it in the words of the service."""
        first = None
        if self.message is not None:
            attachments = read_attachments(self.message.attachments)
            first = Draft(text=self.message.text, attachments=attachments)
        return StartConversation.checked(
            Candidate(name=self.candidate.name, email=self.candidate.email),
            subject=self.subject,
            posting_id=self.posting_id,
            first=first,
            idempotency_key=self.idempotency_key,
        )


@dataclass(frozen=True, slots=True)
class StartConversationPayload:
    """The thread, and its first message if it has begun with one."""

    conversation: ConversationView
    message: Message | None


async def start_conversation(
    ctx: Context, input: StartConversationInput
) -> StartConversationPayload:
    """Begin a thread with a candidate; the link that lets them in is not answered."""
    caller = ctx.caller
    started = await ctx.part(Conversations).start(ctx.uow, caller, input.command())
    return StartConversationPayload(show(started.conversation), started.message)
