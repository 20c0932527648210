"""What our scripts share on the pages of somebody's site, and how each of them becomes one file."""
