"""What the page says of one thing: one file for each kind of thing."""
