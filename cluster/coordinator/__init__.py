"""The coordinator: database, Prefect server, API and recovery of a cluster, one process to supervise."""
