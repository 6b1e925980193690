"""What a coordinator knows as one file, and that file as a coordinator again."""
