"""What the operands of a window become."""
