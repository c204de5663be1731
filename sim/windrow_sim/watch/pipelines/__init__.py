"""A pipeline, cycle by cycle: what all its stages do, and how beats travel between them."""
