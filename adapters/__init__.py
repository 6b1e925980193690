"""The outside world, one package each, independent of one another."""
