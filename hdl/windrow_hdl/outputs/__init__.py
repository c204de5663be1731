"""Output maps in hardware: what a finished beat goes through before it leaves."""
