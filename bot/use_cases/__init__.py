"""What the product does, verb first: each module is one act, as units of work."""
