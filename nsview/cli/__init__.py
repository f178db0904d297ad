"""The command line: one file per command, table and JSON output."""
