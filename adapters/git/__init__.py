"""Git: a hardened runner, clones shared by a node's runs, workspaces, and the one branch we write."""
