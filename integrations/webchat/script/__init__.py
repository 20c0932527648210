"""The window's own script, in parts. `integrations.webchat.widget` says their order."""
