"""Readers of test reports. All of them take bytes that the tested code may have written itself."""
