"""How the flows reach machines: work pools, deployments, and the prefect.yaml that says the same."""
