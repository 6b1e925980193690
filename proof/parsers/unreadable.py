"""A report that can't be used."""


class Unreadable(ValueError):
    """The report is malformed, hostile or of another kind; the message says which."""
