"""The proof tests of a site at work: what is seen of batteries, the tests that run, and the tests that are planned."""
