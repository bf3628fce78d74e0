"""Random days of two companies' people, and an auditor who compares the books after each.

The auditor reads both simulators, and of the product only what its API tells people. It shares no
code with the product.
"""
