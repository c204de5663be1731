"""A run: what was simulated, and whether it is right."""
