"""Numbers: integer types and their ranges, and the keys of tables that people write."""
