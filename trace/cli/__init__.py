"""The command line; Click lives here and nowhere else below the front-end."""
