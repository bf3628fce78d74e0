"""The models of the API's requests and answers: what a caller may send and what it can rely on.

They are the API's own, so that a change of the table or of an internal type is not a change of the
API. Every field has a description, and no field of an answer has a default: an answer always has
all of them. They know the names of codes and resolutions in `failures`, the triggers in `hints`
and the codes of problems in `errors`, and import nothing else of this package.
"""
