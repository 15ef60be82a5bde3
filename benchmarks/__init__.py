"""How fast the portal is, and the proofs that take too long for a test (docs/benchmarks.md)."""
