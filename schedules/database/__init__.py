"""All access to the database: engine, transactions, the write lock, column types, encryption and tables.

Nothing else opens a connection, begins a transaction or touches a driver (tests/guards). Decides nothing.
"""
