"""The version of this software. `pyproject.toml` has the same, and CHANGELOG.md says what it
brings."""

VERSION = "1.0.0"
