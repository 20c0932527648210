"""The time front door: ticks. What is due is always a row in the database."""
