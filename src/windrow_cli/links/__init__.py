"""What talks to boards: serial lines, real and simulated, and networks behind them."""
