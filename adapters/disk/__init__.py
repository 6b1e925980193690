"""The disk of the state folder: what is on it, how much may be, and whether there is room."""
