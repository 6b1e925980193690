"""The rehearsal: a forge and a model on loopback, so that the whole pipeline runs without an account."""
