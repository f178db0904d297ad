"""The interactive terminal application."""
