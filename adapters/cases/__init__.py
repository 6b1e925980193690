"""The ledger in SQL (cases and money) and the transcripts in a folder."""
