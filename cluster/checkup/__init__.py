"""What `claude-cluster setup` looks at: each check is a plain function that finds one thing and names its remedy."""
