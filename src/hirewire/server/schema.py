"""The one GraphQL schema, merged from the slices."""

from graphql import GraphQLSchema

from hirewire.conversations import graphql as conversations
from hirewire.interviews import graphql as interviews
from hirewire.web.graphql import build_schema as merge
from hirewire.web.graphql import sdl as print_sdl


def build_schema() -> GraphQLSchema:
    """Merge what the slices bring into one schema, ready to execute."""
    return merge([interviews.part(), conversations.part()])


def sdl() -> str:
    """Print the schema as the committed `schema.graphql` keeps it."""
    return print_sdl(build_schema())
