"""Time: when beats move.  Reads geometry, folding and pipeline depth, never arithmetic."""
