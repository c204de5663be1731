"""A stage: an operator with a folding, fixed or programmable."""
