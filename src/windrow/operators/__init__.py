"""Operators: what a window becomes.  Golden models, shapes and types; no time."""
