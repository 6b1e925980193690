"""The tamper gate's text half: where a difference weakens, silences or steers tests."""
