"""A report of a run on paper: the question, pictures, figures with bands, charts, and where every number comes from."""
