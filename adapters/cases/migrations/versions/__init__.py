"""The steps, in the order of their numbers. What a step says of the tables stays as it was when it was written."""
