"""The house rules that no ready-made linter knows, read from the syntax tree."""
