"""Small programs, shipped as data, that run inside the sandbox."""
