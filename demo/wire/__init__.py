"""What both stand-ins share: a server thread, a request log, faults on demand."""
