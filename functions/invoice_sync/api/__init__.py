"""What the card asks: routes, the schemas of their answers, and who may ask.

It knows everything below it. Nothing but the handler imports it.
"""
