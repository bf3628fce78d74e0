"""One batch of hints: observe, decide, apply, record.

It knows both sides, the store and `plan`. It must not import what uses it: `preview`, `jobs`,
`resolve` and `api`.
"""
