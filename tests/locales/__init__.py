"""The words of the product, in both languages."""
