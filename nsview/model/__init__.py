"""What is known about namespaces, as immutable data: standard library only, no input or output."""
