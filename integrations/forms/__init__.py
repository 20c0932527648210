"""Forms of any site: one address for each, JSON or form-encoded."""
