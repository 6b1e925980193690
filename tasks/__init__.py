"""One retryable step a file; each does one thing by calling the floors below."""
