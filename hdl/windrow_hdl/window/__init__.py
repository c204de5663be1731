"""From the stream to the operands of a window: line buffer, walks, readers."""
