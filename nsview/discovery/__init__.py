"""Where namespaces are found: one file per source, combined into a snapshot by the scanner."""
