"""What the water does to buildings and to the facilities that others depend on: damage, service, power."""
