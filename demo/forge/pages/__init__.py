"""What people see of the forge in a browser."""
