"""Webhooks: received and stored at once, acted on afterwards by a loop that survives any crash."""
