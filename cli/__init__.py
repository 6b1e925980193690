"""The commands. Each module holds one command; it is loaded only when that command runs."""
