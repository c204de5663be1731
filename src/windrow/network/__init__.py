"""Networks: operators and the tensors between them."""
