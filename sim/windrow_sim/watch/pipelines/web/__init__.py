"""The page of a pipeline: what is on it, how it looks, and how it moves."""
