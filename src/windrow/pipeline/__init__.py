"""Networks as hardware: stages of their own for all operators, queues between them, and their exact time."""
