"""The steps that bring a database to the tables of this code; forward only, the way back is the backup."""
