"""GitHub's REST API (version 2022-11-28) and the two GraphQL mutations that REST lacks."""
