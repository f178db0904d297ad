"""Typed, policy-free access to what Linux tells about namespaces and processes."""
