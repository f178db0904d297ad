"""nsview: browse, enter and spawn Linux namespaces, and learn why each one is alive."""

__version__ = "0.1.0"
