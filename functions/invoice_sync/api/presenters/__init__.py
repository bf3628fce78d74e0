"""From what the system knows to what the API answers. Pure: each function makes one answer.

They know `schemas` and the types that they present. They must not read anything themselves.
"""
