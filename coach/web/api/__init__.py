"""`/api/v1`: the interface for other systems. An application of its own, without sessions, forms or pages.

One module per resource, whose routes are declared by what their functions take (`routes`): the key behind a request and
its rights are checked (`gate`), then path, query, headers and body are read (`reading`), then the function is called.
Whatever is refused is a problem of RFC 9457 (`answers`). `openapi` describes it all from the same declarations.
"""
