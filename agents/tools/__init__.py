"""What the agent can do: a shell, an editor, and handing in."""
