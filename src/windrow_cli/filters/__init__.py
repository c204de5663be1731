"""What `windrow filter` is made of: its options, its runs, its page."""
