"""What a window's result goes through before it leaves: rounding, saturation, tables."""
