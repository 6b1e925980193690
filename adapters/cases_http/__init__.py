"""The ledger's ports over the coordinator: nodes open no database."""
