"""A responder with canned answers that speaks the three vendors' formats, to try Brightline out without a model.

It says what it is in every answer, by the name of the model: `rehearsal-responder`. Nothing that it says tells anything
about a model.
"""
