"""Many runs of one question whose inputs are uncertain: how likely water of a depth is, and how sure every figure."""
