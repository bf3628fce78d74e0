"""The version of this software. `pyproject.toml` has the same version, and CHANGELOG.md says what
is new in it."""

VERSION = "1.0.0"
