"""Figures against baselines in the same run: `make bench`. Ratios travel between machines, absolute times do not."""
