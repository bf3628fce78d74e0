"""The failure catalogue: what can go wrong, what it means, who waits for what.

Pure: it knows `model` and must not import anything that does I/O.
"""
