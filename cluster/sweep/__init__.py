"""The backlog sweep: labelled issues that no webhook told of."""
