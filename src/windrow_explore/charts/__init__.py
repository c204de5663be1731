"""Charts of designs and networks."""
