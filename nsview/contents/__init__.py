"""What is inside a namespace: one file per kind."""
