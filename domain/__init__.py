"""The words of claude-cluster: models, errors, settings and ports. No input or output happens here."""
