"""What conversations bring to the GraphQL schema."""

from hirewire.conversations.graphql.conversation import conversation, conversation_id, messages
from hirewire.conversations.graphql.message import message_id
from hirewire.conversations.graphql.send_conversation_message import send_conversation_message
from hirewire.web.graphql import GraphQLPart, read_sdl


def part() -> GraphQLPart:
    """Bring the SDL and the resolvers."""
    return GraphQLPart(
        sdl=read_sdl("hirewire.conversations.graphql"),
        queries={"conversation": conversation},
        mutations={"sendConversationMessage": send_conversation_message},
        fields={
            "Conversation": {"id": conversation_id, "messages": messages},
            "ConversationMessage": {"id": message_id},
        },
    )
