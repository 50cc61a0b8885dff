"""Roads as a network: who can still get where, until when, and what queues do. Pure functions on arrays; hooks wire them.

Imports point one way: graph, shortest <-- windows, departure, bridges, queue, assignment, allocation <-- hooks and analyses <--
itinerary, closure, care_list, series, budget, notes: what is looked up in their states.
"""
