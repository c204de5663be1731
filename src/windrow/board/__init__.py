"""The host's side of a board: frames over a serial line."""
