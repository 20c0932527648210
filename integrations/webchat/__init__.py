"""A chat on any site: one script, and the visitor is in front of the team."""
