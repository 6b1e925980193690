"""Ways out of a sandbox to named services: sockets that listen inside, and are served from outside."""
