"""How a repository's tests are run: from its settings, else from its files."""
