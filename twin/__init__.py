"""Scenarios move a frozen `City` through time: variables, state, hooks, the model that runs them, the field store."""
