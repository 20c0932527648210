"""Gemba: every customer message is a scored lead in front of the right people within seconds."""
