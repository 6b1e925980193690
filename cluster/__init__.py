"""What runs beside the flows: the server of one PC, the node, the case's own process."""
