"""Coordinator, node and the server of one PC as services of systemd."""
