"""Pictures of a state: one file per map layer, colour scales, the view, the deck component. No physics here."""
