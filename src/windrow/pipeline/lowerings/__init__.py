"""From operators of networks to steps, one function for each; `windrow.pipeline.lowering` has their table."""
