"""Windows: what a strided window reads of an image, and in which order readers walk it."""
