"""The coordinator as commands see it from anywhere."""
