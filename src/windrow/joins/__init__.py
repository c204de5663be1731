"""What becomes of several streams: sums of feature maps, channels behind each other."""
