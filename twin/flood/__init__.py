"""The flood engine: kernels as pure functions on arrays, and the solvers that wire them."""
