"""Stimulus and what comes back."""
