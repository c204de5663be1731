"""What becomes of the taps of a window, as data: networks, adder graphs, divisions; and golden models."""
