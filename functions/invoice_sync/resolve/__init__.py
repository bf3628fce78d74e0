"""What people decide about an invoice that is not in step.

It knows `preview` and below. It must not import `api`.
"""
