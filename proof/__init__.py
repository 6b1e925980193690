"""What judges the work: tests, receipt, tamper gate, guard, and the words that say so. No Prefect, no SDK."""
