"""What a repository's manifests ask for, and the commands that install it."""
