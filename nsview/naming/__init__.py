"""Which container, pod or service a process belongs to: one file per engine."""
