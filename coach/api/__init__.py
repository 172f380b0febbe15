"""What other systems may do: their keys, and the deciders and doers behind `/api/v1`.

It knows no HTTP: `coach.web.api` has the routes. Changes go through the same code as pages and commands.
"""
