"""What ties a node to its coordinator: joining, signs of life, news of runs that have ended."""
