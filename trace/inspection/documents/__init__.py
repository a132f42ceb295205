"""Documents of an office: filled, numbered, signed by those whom their form asks, and sealed."""
