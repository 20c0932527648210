"""Durable in, durable out."""
