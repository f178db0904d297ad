"""Network namespaces, the interfaces in them, and what is linked with what."""
