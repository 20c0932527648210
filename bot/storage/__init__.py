"""The store: tables, units of work, and the two ways to run them."""
