"""The whole process over HTTP, against the sandbox."""
