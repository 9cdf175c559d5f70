"""What conversations bring to the GraphQL schema."""

from hirewire.conversations.graphql import view
from hirewire.conversations.graphql.change_participants import (
    add_conversation_participant,
    remove_conversation_participant,
)
from hirewire.conversations.graphql.conversation import conversation
from hirewire.conversations.graphql.edit_conversation_message import (
    delete_conversation_message,
    edit_conversation_message,
)
from hirewire.conversations.graphql.find_conversations import conversations
from hirewire.conversations.graphql.indicate_typing import indicate_typing
from hirewire.conversations.graphql.mark_conversation_read import mark_conversation_read
from hirewire.conversations.graphql.message import message_id
from hirewire.conversations.graphql.send_conversation_message import send_conversation_message
from hirewire.conversations.graphql.start_conversation import start_conversation
from hirewire.web.graphql import GraphQLPart, read_sdl


def part() -> GraphQLPart:
    """Bring the SDL and the resolvers."""
    return GraphQLPart(
        sdl=read_sdl("hirewire.conversations.graphql"),
        queries={"conversation": conversation, "conversations": conversations},
        mutations={
            "startConversation": start_conversation,
            "sendConversationMessage": send_conversation_message,
            "editConversationMessage": edit_conversation_message,
            "deleteConversationMessage": delete_conversation_message,
            "markConversationRead": mark_conversation_read,
            "indicateTyping": indicate_typing,
            "addConversationParticipant": add_conversation_participant,
            "removeConversationParticipant": remove_conversation_participant,
        },
        reading=frozenset({"indicateTyping"}),
        fields={
            "Conversation": {
                "id": view.conversation_id,
                "unreadCount": view.unread_count,
                "candidateReadUpTo": view.candidate_read_up_to,
                "participants": view.participants,
                "messages": view.messages,
            },
            "ConversationMessage": {"id": message_id},
        },
    )
