"""HTTP without product: errors, GraphQL transport, bearer tokens, paging, limits, streams."""
