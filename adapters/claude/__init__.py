"""Claude through the Messages API: what is asked, what comes back, what it costs, what goes wrong."""
