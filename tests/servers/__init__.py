"""Real servers for tests, each under a keeper, in a Debian root of its own."""
