"""Roads as a network: who can still get where, until when, and what queues do. Pure functions on arrays; hooks wire them.

Imports point one way: graph, shortest <-- windows, departure, bridges, queue, assignment, allocation.
"""
