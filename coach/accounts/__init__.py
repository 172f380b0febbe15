"""Sign-ins, clinics, and what each role may see.

`scope` alone decides whose data a sign-in may see; every query behind a page goes through it.
"""
