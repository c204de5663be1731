"""Files: layers and designs as TOML, pictures and arrays, whole folders, the cache."""
