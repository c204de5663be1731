"""Waves: traces, their scopes and views."""
