"""Builds what each Lambda function works with: a module for each, so that a function loads only
what it needs, and loads it while Lambda starts it.

It may import everything but the handlers. Nothing imports it but the handlers.
"""
