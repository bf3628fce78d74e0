"""The whole system in one process, with a fault at any of its outbound calls.

A run is a plan: a scene, faults by call, workers. After the faults the system settles, and the
auditor of the books looks at what is there. Everything is seeded, so a plan replays exactly.
"""
