"""The roof: settings, parts, routes, schema, listeners and the command line."""
