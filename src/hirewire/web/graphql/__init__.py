"""GraphQL over HTTP: slices bring SDL and resolvers, this package brings everything else."""

from hirewire.web.graphql.context import Context
from hirewire.web.graphql.endpoint import GraphQLEndpoint
from hirewire.web.graphql.limits import Limits
from hirewire.web.graphql.part import GraphQLPart, read_sdl
from hirewire.web.graphql.schema import build_schema, sdl

__all__ = [
    "Context",
    "GraphQLEndpoint",
    "GraphQLPart",
    "Limits",
    "build_schema",
    "read_sdl",
    "sdl",
]
