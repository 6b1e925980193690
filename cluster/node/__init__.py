"""The machine that runs flows: workers with one limit, runs from a preloaded process, drain, health, capabilities."""
