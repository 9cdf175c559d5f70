"""The apps that call us: how they are registered, changed, kept and known again."""
