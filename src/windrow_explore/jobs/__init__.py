"""Long work in pieces: verified, synthesised, kept in a store, on as many processes as one likes."""
