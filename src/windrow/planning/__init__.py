"""Choosing: which folding for a layer, which for every layer of a network."""
