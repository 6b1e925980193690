"""GitHub and servers that speak its REST API; githubkit is the transport, imported only where it is used."""
