"""The HTTP side of the process."""
