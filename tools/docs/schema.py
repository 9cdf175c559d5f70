"""`schema.graphql`: the whole GraphQL schema, merged from the slices."""

from hirewire.server.schema import sdl


def schema_page() -> str:
    """Write the schema."""
    return sdl().rstrip() + "\n"
