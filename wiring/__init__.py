"""Settings become adapters here, and nowhere else."""
